// SPDX-License-Identifier: Apache-2.0

package oaktree

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"go.yaml.in/yaml/v3"
)

// cloudsYAML is where openstacksdk looks for it.
var cloudsYAML = []string{".", "~/.config/openstack", "/etc/openstack"}

// Application is an application credential of one cloud: the id and secret of OAuth 2.0.
type Application struct {
	ClientID     string
	ClientSecret string
}

// Format writes it without the secret, whatever the verb.
func (a Application) Format(state fmt.State, _ rune) {
	fmt.Fprintf(state, "{ClientID:%s}", a.ClientID)
}

// Credentials is what is in the credential file.
type Credentials struct {
	// Endpoint is HOST:PORT, or unix:PATH.
	Endpoint string
	// Clouds are by the names that oaktree has for them.
	Clouds map[string]Application
	// CA has the certificates to trust, in PEM; nil is the usual ones.
	CA []byte
}

// DefaultCredentialsPath returns $OAKTREE_CREDENTIALS, or the place in the user's own configuration.
func DefaultCredentialsPath() string {
	if named := os.Getenv("OAKTREE_CREDENTIALS"); named != "" {
		return named
	}
	folder := os.Getenv("XDG_CONFIG_HOME")
	if folder == "" {
		folder = expand("~/.config")
	}
	return filepath.Join(folder, "oaktree", "credentials.yaml")
}

// LoadCredentials reads the credential file at path, or at [DefaultCredentialsPath] where path is empty:
//
//	endpoint: oaktree.example.org:50051
//	ca: /etc/ssl/oaktree-ca.pem            # or else the usual ones
//	clouds:
//	  alpha:
//	    client_id: 0123456789abcdef
//	    client_secret: …
//	  beta: {}                             # as clouds.yaml says, whose entry has auth_type v3applicationcredential
//
// It fails where others may read the file. No error has a secret in it.
func LoadCredentials(path string) (*Credentials, error) {
	path = cmp.Or(path, DefaultCredentialsPath())
	content, err := readPrivate(path)
	if err != nil {
		return nil, err
	}
	document, err := parsed(path, content)
	if err != nil {
		return nil, err
	}
	endpoint, _ := document["endpoint"].(string)
	if endpoint == "" {
		return nil, fmt.Errorf("%s has no endpoint: HOST:PORT, or unix:PATH", path)
	}
	clouds, _ := document["clouds"].(map[string]any)
	if len(clouds) == 0 {
		return nil, fmt.Errorf("%s has no clouds: each needs a client_id and a client_secret", path)
	}
	found := &Credentials{Endpoint: endpoint, Clouds: map[string]Application{}}
	for name, entry := range clouds {
		if found.Clouds[name], err = application(path, name, entry); err != nil {
			return nil, err
		}
	}
	if ca := document["ca"]; ca != nil {
		if found.CA, err = os.ReadFile(expand(fmt.Sprint(ca))); err != nil {
			return nil, fmt.Errorf("%s: ca %v cannot be read: %w", path, ca, cause(err))
		}
	}
	return found, nil
}

func readPrivate(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, cause(err))
	}
	defer file.Close()
	state, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, cause(err))
	}
	if owner, ok := state.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Geteuid() {
		return nil, fmt.Errorf("%s is not yours: its owner could change what you sign in with", path)
	}
	if state.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read or changed by others: chmod 600 %s", path, path)
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, cause(err))
	}
	return content, nil
}

var lineOf = regexp.MustCompile(`line (\d+)`)

func parsed(path string, content []byte) (map[string]any, error) {
	var document any
	if err := yaml.Unmarshal(content, &document); err != nil {
		// Not in its words, which may quote the line, and that may be a secret.
		where := ""
		if line := lineOf.FindString(err.Error()); line != "" {
			where = " at " + line
		}
		return nil, fmt.Errorf("%s is not valid YAML%s", path, where)
	}
	mapping, ok := textKeys(document).(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s is not a mapping", path)
	}
	return mapping, nil
}

// textKeys has every key as text: a cloud may be called 1.
func textKeys(value any) any {
	found := map[string]any{}
	switch value := value.(type) {
	case map[string]any:
		for key, one := range value {
			found[key] = textKeys(one)
		}
	case map[any]any:
		for key, one := range value {
			found[fmt.Sprint(key)] = textKeys(one)
		}
	default:
		return value
	}
	return found
}

func application(path, cloud string, entry any) (Application, error) {
	values, isMap := entry.(map[string]any)
	if entry == nil || entry == "" || isMap && len(values) == 0 {
		return ofCloudsYAML(path, cloud)
	}
	if one, ok := pair(values, "client_"); ok {
		return one, nil
	}
	return Application{}, fmt.Errorf("%s: cloud %q needs a client_id and a client_secret, both text", path, cloud)
}

func pair(values map[string]any, prefix string) (Application, bool) {
	id, _ := values[prefix+"id"].(string)
	secret, _ := values[prefix+"secret"].(string)
	return Application{id, secret}, id != "" && secret != ""
}

// ofCloudsYAML is as openstacksdk would sign in, with the secret in a secure.yaml beside it, if there.
func ofCloudsYAML(path, cloud string) (Application, error) {
	for _, folder := range cloudsYAML {
		file := expand(cmp.Or(os.Getenv("OS_CLIENT_CONFIG_FILE"), folder+"/clouds.yaml"))
		if !exists(file) {
			continue
		}
		auth := map[string]any{}
		for _, one := range []string{file, filepath.Join(filepath.Dir(file), "secure.yaml")} {
			content, err := os.ReadFile(one)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return Application{}, fmt.Errorf("%s cannot be read: %w", one, cause(err))
			}
			document, err := parsed(one, content)
			if err != nil {
				return Application{}, err
			}
			for key, value := range below(document, "clouds", cloud, "auth") {
				auth[key] = value
			}
		}
		if one, ok := pair(auth, "application_credential_"); ok {
			return one, nil
		}
		return Application{}, fmt.Errorf("%s has no application credential for %q, and %s has none either", file, cloud, path)
	}
	return Application{}, fmt.Errorf("%s: cloud %q has no client_id and client_secret, and there is no clouds.yaml", path, cloud)
}

func below(document map[string]any, keys ...string) map[string]any {
	for _, key := range keys {
		document, _ = document[key].(map[string]any)
	}
	return document
}

func expand(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		home, _ := os.UserHomeDir()
		return filepath.Join(home, rest)
	}
	return path
}

// cause is an error without the path, which is told already.
func cause(err error) error {
	var known *fs.PathError
	if errors.As(err, &known) {
		return known.Err
	}
	return err
}

func certificates(pem []byte) (*x509.CertPool, bool) {
	pool := x509.NewCertPool()
	return pool, pool.AppendCertsFromPEM(pem)
}
