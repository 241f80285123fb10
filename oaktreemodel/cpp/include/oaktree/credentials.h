// SPDX-License-Identifier: Apache-2.0
//
// The credential file: which oaktree to call, and the application credentials to sign in with.
//
//   endpoint: oaktree.example.org:50051
//   ca: /etc/ssl/oaktree-ca.pem            # or else the usual ones
//   clouds:
//     alpha:
//       client_id: 0123456789abcdef
//       client_secret: …
//     beta: {}                             # as clouds.yaml says, whose entry has auth_type v3applicationcredential

#ifndef OAKTREE_CREDENTIALS_H
#define OAKTREE_CREDENTIALS_H

#include <map>
#include <string>

#include "oaktree/result.h"

namespace oaktree {

// An application credential of one cloud: the id and secret of OAuth 2.0.
struct Application {
  std::string client_id;
  std::string client_secret;
};

// What is in the file.
struct Credentials {
  std::string endpoint;                       // HOST:PORT, or unix:PATH
  std::map<std::string, Application> clouds;  // by the names that oaktree has for them
  std::string ca;                             // the certificates to trust, in PEM; empty for the usual ones
};

// Returns $OAKTREE_CREDENTIALS, or the place in the user's own configuration.
std::string DefaultCredentialsPath();

// Reads the file at `path`, or at DefaultCredentialsPath() where it is empty. Fails with INVALID_ARGUMENT where it is not as
// it should be, also where others may read it, and NOT_FOUND where there is none. No error has a secret in it.
Result<Credentials> LoadCredentials(const std::string& path = "");

}  // namespace oaktree

#endif  // OAKTREE_CREDENTIALS_H
