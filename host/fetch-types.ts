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
  /** JSON to send with a POST; absent: a GET. What is posted is not sent on to where an answer redirects. */
  readonly post?: string;
}

/** Bytes on their way. Reading throws FetchFailure; `close` may come at any time, and must come. */
export interface Source {
  /** Where in the whole file the first of these bytes lies: what was asked for, or 0. */
  readonly start: number;
  /** Bytes of the whole file, as far as the other side says. */
  readonly total?: number;
  readonly chunks: AsyncIterable<Uint8Array>;
  close(): Promise<void> | void;
}
