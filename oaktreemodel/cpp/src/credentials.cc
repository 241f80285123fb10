// SPDX-License-Identifier: Apache-2.0

#include "oaktree/credentials.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <yaml-cpp/yaml.h>

namespace oaktree {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string Expand(const std::string& path) {
  return path.rfind("~/", 0) == 0 ? Environment("HOME") + path.substr(1) : path;
}

bool Exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

Error Wrong(const std::string& message, grpc::StatusCode code = grpc::StatusCode::INVALID_ARGUMENT) {
  Error error;
  error.code = code;
  error.reason = "CREDENTIALS";
  error.message = message;
  return error;
}

Error Unreadable(const std::string& what, int number) {
  return Wrong(what + " cannot be read: " + std::strerror(number),
               number == ENOENT ? grpc::StatusCode::NOT_FOUND : grpc::StatusCode::INVALID_ARGUMENT);
}

Result<std::string> Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Unreadable(path, errno);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

// The content of a file that nobody else can read or change.
Result<std::string> ReadPrivate(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return Unreadable(path, errno);
  struct stat state {};
  std::optional<Error> wrong;
  if (fstat(descriptor, &state) != 0) {
    wrong = Unreadable(path, errno);
  } else if (state.st_uid != geteuid()) {
    wrong = Wrong(path + " is not yours: its owner could change what you sign in with");
  } else if ((state.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    wrong = Wrong(path + " can be read or changed by others: chmod 600 " + path);
  }
  std::string content;
  char block[4096];
  while (!wrong) {
    const ssize_t count = read(descriptor, block, sizeof block);
    if (count < 0) wrong = Unreadable(path, errno);
    if (count <= 0) break;
    content.append(block, static_cast<std::size_t>(count));
  }
  close(descriptor);
  if (wrong) return *wrong;
  return content;
}

Result<YAML::Node> Parsed(const std::string& path, const std::string& content) {
  try {
    YAML::Node document = YAML::Load(content);
    if (!document.IsMap()) return Wrong(path + " is not a mapping");
    return document;
  } catch (const YAML::Exception& error) {
    // Not in its words, which may quote the line, and that may be a secret.
    return Wrong(path + " is not valid YAML" + (error.mark.is_null() ? "" : " at line " + std::to_string(error.mark.line + 1)));
  }
}

YAML::Node Below(const YAML::Node& document, const std::string& key) {
  return document.IsMap() && document[key] ? document[key] : YAML::Node(YAML::NodeType::Undefined);
}

std::string Text(const YAML::Node& document, const std::string& key) {
  const YAML::Node found = document.IsDefined() ? Below(document, key) : document;
  return found.IsDefined() && found.IsScalar() ? found.Scalar() : "";
}

// As openstacksdk would sign in, with the secret in a secure.yaml beside it, if there.
Result<Application> OfCloudsYaml(const std::string& path, const std::string& cloud) {
  for (const char* folder : {".", "~/.config/openstack", "/etc/openstack"}) {
    std::string file = Environment("OS_CLIENT_CONFIG_FILE");
    file = Expand(file.empty() ? std::string(folder) + "/clouds.yaml" : file);
    if (!Exists(file)) continue;
    Application found;
    for (const std::string& one : {file, (std::filesystem::path(file).parent_path() / "secure.yaml").string()}) {
      if (!Exists(one)) continue;
      Result<std::string> content = Read(one);
      if (!content) return content.error();
      Result<YAML::Node> document = Parsed(one, *content);
      if (!document) return document.error();
      YAML::Node auth = *document;
      for (const std::string& key : {std::string("clouds"), cloud, std::string("auth")}) {
        if (auth.IsDefined()) auth.reset(Below(auth, key));
      }
      if (const std::string id = Text(auth, "application_credential_id"); !id.empty()) found.client_id = id;
      if (const std::string secret = Text(auth, "application_credential_secret"); !secret.empty()) found.client_secret = secret;
    }
    if (!found.client_id.empty() && !found.client_secret.empty()) return found;
    return Wrong(file + " has no application credential for '" + cloud + "', and " + path + " has none either");
  }
  return Wrong(path + ": cloud '" + cloud + "' has no client_id and client_secret, and there is no clouds.yaml");
}

Result<Application> ApplicationOf(const std::string& path, const std::string& cloud, const YAML::Node& entry) {
  if (entry.IsNull() || (entry.IsMap() && entry.size() == 0) || (entry.IsScalar() && entry.Scalar().empty())) {
    return OfCloudsYaml(path, cloud);
  }
  Application found{Text(entry, "client_id"), Text(entry, "client_secret")};
  if (!found.client_id.empty() && !found.client_secret.empty()) return found;
  return Wrong(path + ": cloud '" + cloud + "' needs a client_id and a client_secret, both text");
}

Result<Credentials> CredentialsOf(const std::string& path, const YAML::Node& document) {
  Credentials found;
  found.endpoint = Text(document, "endpoint");
  if (found.endpoint.empty()) return Wrong(path + " has no endpoint: HOST:PORT, or unix:PATH");
  const YAML::Node clouds = Below(document, "clouds");
  if (!clouds.IsDefined() || !clouds.IsMap() || clouds.size() == 0) {
    return Wrong(path + " has no clouds: each needs a client_id and a client_secret");
  }
  for (const auto& entry : clouds) {
    Result<Application> one = ApplicationOf(path, entry.first.Scalar(), entry.second);
    if (!one) return one.error();
    found.clouds[entry.first.Scalar()] = *one;
  }
  if (Below(document, "ca").IsDefined() && !Below(document, "ca").IsNull()) {
    Result<std::string> content = Read(Expand(Text(document, "ca")));
    if (!content) return Wrong(path + ": ca " + content.error().message);
    // Or gRPC would trust the usual ones.
    if (content->find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
      return Wrong(path + ": ca " + Text(document, "ca") + " has no certificate in PEM");
    }
    found.ca = *content;
  }
  return found;
}

}  // namespace

std::string DefaultCredentialsPath() {
  if (std::string named = Environment("OAKTREE_CREDENTIALS"); !named.empty()) return named;
  std::string folder = Environment("XDG_CONFIG_HOME");
  if (folder.empty()) folder = Environment("HOME") + "/.config";
  return folder + "/oaktree/credentials.yaml";
}

Result<Credentials> LoadCredentials(const std::string& given) {
  const std::string path = given.empty() ? DefaultCredentialsPath() : given;
  Result<std::string> content = ReadPrivate(path);
  if (!content) return content.error();
  Result<YAML::Node> document = Parsed(path, *content);
  if (!document) return document.error();
  try {
    return CredentialsOf(path, *document);
  } catch (const YAML::Exception&) {
    return Wrong(path + " has something else where text or a mapping is due");
  }
}

}  // namespace oaktree
