import type { Agent } from "node:http";

/** A name and a password for a server, as RFC 7617 has them. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** How to reach a server. Both may throw FetchFailure where the answer is one that omg cannot act on. */
export interface Routing {
  /** The proxy to ask, with its credentials; undefined for the direct way. */
  proxyFor(target: URL): URL | undefined;
  /** Asked only where the address has none of its own. */
  credentialsFor(target: URL): Credentials | undefined;
}

/** How long to wait for whom, and by which way. */
export interface HttpOptions {
  /** Time for name resolution, connection and TLS together. Milliseconds. */
  readonly connectMs: number;
  /** Longest silence of the other side afterwards. Milliseconds. */
  readonly stallMs: number;
  readonly signal?: AbortSignal;
  readonly routing: Routing;
  /**
   * Makes the connections, and hands each over once it is whole. Then the address itself is asked, whatever proxies there are, and no
   * redirect is followed.
   */
  readonly agent?: Agent;
  /** The least that a body has to come with, in bytes a second. Default: that of host/pace.ts. */
  readonly slowest?: number;
  /** Sent besides those that every request has. Lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Posted as JSON, in place of a GET; then no redirect is followed. */
  readonly json?: string;
}

/** Bytes on their way. Reading throws FetchFailure; `close` may come at any time, and must come. */
export interface Source {
  /** Where in the whole file the first of these bytes lies: what was asked for, or 0. */
  readonly start: number;
  /** Bytes of the whole file, as far as the other side says. */
  readonly total?: number;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** What the server says of the file, where it is one that does: names in lower case. */
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
  close(): Promise<void> | void;
}
