"use strict";

const { notSupported } = require("./refusals.js");

/**
 * Takes the place of a `ConnectionPublisher` for messages that go through the outbox, on its connection and in its
 * order. The namespace says which way a message goes; only requests are not possible this way.
 */
class OutboxPublisher {
  #publisher;

  constructor(publisher) {
    this.#publisher = publisher;
  }

  get state() {
    return this.#publisher.state;
  }

  get target() {
    return this.#publisher.target;
  }

  isInline(namespace, message) {
    return this.#publisher.isInline(namespace, message);
  }

  send(namespace, kind, opts, body, event) {
    return this.#publisher.send(namespace, kind, opts, body, event);
  }

  newRequestId() {
    return "";
  }

  request(namespace, _message, { method, event }) {
    const refused = this.refuse(notSupported(method, "the outbox"), namespace, event);
    return { published: refused, answered: refused };
  }

  serverCount() {
    return this.refuse(notSupported("serverCount", "the outbox"));
  }

  statement(namespace, kind, opts, body) {
    return this.#publisher.statement(namespace, kind, opts, body);
  }

  refuse(error, namespace, event) {
    return this.#publisher.refuse(error, namespace, event);
  }

  connect() {
    return this.#publisher.connect();
  }

  ensureTable() {
    return this.#publisher.ensureTable();
  }

  ensureOutbox() {
    return this.#publisher.ensureOutbox();
  }

  ensureFunctions(sql) {
    return this.#publisher.ensureFunctions(sql);
  }

  outboxStatus(limit) {
    return this.#publisher.outboxStatus(limit);
  }

  settleSetAside(again, ids) {
    return this.#publisher.settleSetAside(again, ids);
  }

  relay(options) {
    return this.#publisher.relay(options);
  }

  stats() {
    return this.#publisher.stats();
  }

  queueUsage() {
    return this.#publisher.queueUsage();
  }

  flush() {
    return this.#publisher.flush();
  }

  close() {
    return this.#publisher.close();
  }
}

module.exports = { OutboxPublisher };
