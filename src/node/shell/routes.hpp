// Routes: what the HTTP side answers to each request.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "node/core.hpp"
#include "node/shell/access.hpp"
#include "node/shell/event_log.hpp"
#include "node/shell/http_message.hpp"
#include "node/shell/metrics_text.hpp"
#include "node/shell/named_values.hpp"
#include "node/shell/url.hpp"

namespace avm::node {

/// What the shell knows and the core does not.
class RoutesHost {
 public:
  virtual ~RoutesHost() = default;
  virtual bool is_stopping() const = 0;
  /// Empty where it was made without.
  virtual std::string_view name_of(ObjectId object) const = 0;
  virtual ShellMetrics shell_metrics() const = 0;
  /// After the core was given something to do.
  virtual void wake() = 0;
};

class Routes {
 public:
  Routes(NodeCore& core, const EventLog& events, RoutesHost& host, AccessRules rules)
      : core_(core), events_(events), host_(host), rules_(std::move(rules)) {}

  /// `local`: the node's address by which the request came in. `respond` is told once, maybe from within.
  void handle(const HttpRequest& request, const HostPort& local, Respond respond);

 private:
  HttpReply get(const HttpRequest& request, const Url& url) const;
  /// Whether a page of a peer asks: one page can follow the whole cluster.
  bool is_from_peer(const HttpRequest& request) const;
  /// Such a page may read the reply, also one that asks for the token.
  HttpReply readable(HttpReply reply, const HttpRequest& request) const;
  HttpReply health() const;
  HttpReply objects(const Url& url) const;
  HttpReply object(std::string_view id) const;
  HttpReply peers() const;
  HttpReply metrics() const;
  /// With the id of the newest, so that a client can tell when it has seen all there is.
  HttpReply events(const HttpRequest& request, const Url& url) const;
  void post(const HttpRequest& request, const Url& url, Respond respond);
  FindName names() const;

  NodeCore& core_;
  const EventLog& events_;
  RoutesHost& host_;
  AccessRules rules_;
};

}  // namespace avm::node
