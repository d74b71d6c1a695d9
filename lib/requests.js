"use strict";

const { ListenerPlan } = require("../binding.js");
const { about, copyOf, native } = require("./errors.js");
const { guarded } = require("./guarded.js");
const { Kind } = require("./message.js");
const { withResolvers } = require("./with-resolvers.js");

/** A body that stays what it is when its caller goes on to use the bytes. */
const kept = (body) =>
  typeof body === "string" ? body : { ...body, bytes: body.bytes.map((bytes) => bytes.slice()) };

/** Of a publisher: the messages that ask for answers, some of which have to wait to be sent. */
class Requests {
  #publisher;
  #plan;
  #options;
  #listening;
  #ids;
  /** Those that wait until the servers are known: promises of their publication. */
  unsent = new Set();

  /**
   * @param {object} publisher - sends and refuses messages
   * @param {object} connection - where to listen: read at once, so that what is wrong shows at once,
   * and kept on the native side
   * @throws {EmitterError} `ERR_INVALID_ARG_VALUE`
   */
  constructor(publisher, { settings, askPassword }, options) {
    this.#publisher = publisher;
    this.#options = options;
    try {
      this.#plan = native(() => new ListenerPlan(settings, options.tableName, askPassword));
    } catch (error) {
      // With the connection that publishes it would have failed before.
      throw about("options.listenConnection", error);
    }
  }

  /** An id that no other request has. */
  newId() {
    return this.#requestIds.next();
  }

  /** See `Publisher.request`. */
  ask(namespace, { kind, opts, body }, { requestId, collector, millis }) {
    let content = body;
    let sent;
    const publication = withResolvers();
    // Where it is sent at once, nobody is given this one.
    guarded(publication.promise);
    const publish = () => {
      sent = this.#publisher.send(namespace, kind, opts, content);
      publication.resolve(sent);
      return sent;
    };
    const answered = this.#listenFor(namespace, (cluster) =>
      cluster.request(requestId, collector, millis, publish),
    ).catch((error) => {
      if (sent !== undefined) throw error;
      const own = copyOf(error);
      publication.resolve(this.#publisher.refuse(own));
      throw own;
    });
    const published = sent ?? publication.promise;
    if (sent === undefined) {
      content = kept(content);
      this.unsent.add(published);
      const forget = () => this.unsent.delete(published);
      published.then(forget, forget);
    }
    return { published, answered: guarded(answered) };
  }

  /** How many servers there are, by their signs of life. */
  serverCount(namespace) {
    const counted = this.#listenFor(namespace, (cluster) => cluster.serverCount());
    return guarded(
      counted.catch((error) => {
        throw copyOf(error);
      }),
    );
  }

  /** What is under way fails, with `unsent` what was not sent yet. */
  close(error, unsent) {
    this.#listening?.close(error, unsent);
  }

  #listenFor(namespace, work) {
    this.#listening ??= this.#listen();
    return this.#listening.use(namespace, work);
  }

  #listen() {
    // Loaded when first needed: an emitter that asks nothing has no use for it.
    const { Listening } = require("./answers/listening.js");
    const askForLife = (namespace, echo) =>
      this.#publisher.send(namespace, Kind.INITIAL_HEARTBEAT, `,"echo":"${echo}"`, "");
    return new Listening(this.#plan, this.#requestIds.prefix, askForLife, this.#options);
  }

  get #requestIds() {
    // Loaded when first needed, as the rest.
    this.#ids ??= new (require("./answers/request-id.js").RequestIds)();
    return this.#ids;
  }
}

module.exports = { Requests };
