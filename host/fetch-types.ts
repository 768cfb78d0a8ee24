/** How long to wait for whom, and through which proxies. */
export interface HttpOptions {
  /** Time for name resolution, connection and TLS together. Milliseconds. */
  readonly connectMs: number;
  /** Longest silence of the other side afterwards. Milliseconds. */
  readonly stallMs: number;
  readonly signal?: AbortSignal;
  /** Where `http_proxy`, `https_proxy` and `no_proxy` are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Bytes on their way. Reading throws FetchFailure; `close` may come at any time, and must come. */
export interface Source {
  /** Bytes that the other side announces. */
  readonly length?: number;
  readonly chunks: AsyncIterable<Uint8Array>;
  close(): Promise<void> | void;
}
