// SPDX-License-Identifier: Apache-2.0

package oaktree

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

const secret = "open-sesame-1001"

func TestTheFileIsRead(t *testing.T) {
	folder := t.TempDir()
	clouds := write(t, filepath.Join(folder, "clouds.yaml"), "clouds: {beta: {auth_type: v3applicationcredential, auth: "+
		"{application_credential_id: b}}}", 0o600)
	write(t, filepath.Join(folder, "secure.yaml"), "clouds: {beta: {auth: {application_credential_secret: "+secret+"}}}", 0o600)
	t.Setenv("OS_CLIENT_CONFIG_FILE", clouds)
	ca := write(t, filepath.Join(folder, "ca.pem"), "PEM", 0o644)
	path := write(t, filepath.Join(folder, "credentials.yaml"), "endpoint: h:1\nca: "+ca+"\nclouds:\n  alpha: "+
		"{client_id: a, client_secret: "+secret+"}\n  beta: {}\n", 0o600)
	got, err := LoadCredentials(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.Endpoint != "h:1" || string(got.CA) != "PEM" || len(got.Clouds) != 2 ||
		got.Clouds["alpha"] != (Application{"a", secret}) || got.Clouds["beta"] != (Application{"b", secret}) {
		t.Errorf("%v", got.Endpoint)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if text := fmt.Sprintf(verb, got.Clouds["alpha"]); strings.Contains(text, secret) {
			t.Error(verb)
		}
	}
}

func TestWhatIsWrongWithTheFileIsTold(t *testing.T) {
	good := "endpoint: h:1\nclouds: {alpha: {client_id: a, client_secret: " + secret + "}}"
	t.Setenv("OS_CLIENT_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	for content, want := range map[string]string{
		"":               "is not a mapping",
		"clouds: {a: 1}": "has no endpoint",
		"endpoint: h:1":  "has no clouds",
		"endpoint: h:1\nclouds: {alpha: {client_secret: " + secret + "}}": "needs a client_id and a client_secret",
		"endpoint: h:1\nclouds: {alpha: {}}":                              "there is no clouds.yaml",
		"endpoint: h:1\nclient_secret: [" + secret:                        "is not valid YAML",
		good + "\nca: /nowhere/ca.pem":                                    "ca /nowhere/ca.pem cannot be read",
	} {
		_, err := LoadCredentials(write(t, filepath.Join(t.TempDir(), "c.yaml"), content, 0o600))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: %v", want, err)
		}
	}
	path := write(t, filepath.Join(t.TempDir(), "c.yaml"), good, 0o640)
	if _, err := LoadCredentials(path); err == nil || !strings.Contains(err.Error(), "chmod 600 "+path) {
		t.Error(err)
	}
	if _, err := LoadCredentials(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Error(err)
	}
}
