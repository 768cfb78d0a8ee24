/** What config.toml says of mise. */
export interface MiseSettings {
  /** Absolute path of it, where it is not to be looked for on PATH. */
  readonly program?: string;
  /** Beginnings of addresses, and what is asked instead. */
  readonly mirrors?: Readonly<Record<string, string>>;
}

export interface MiseOptions {
  /** The user's data folder. */
  readonly data: string;
  /** A folder of this user's for what can be had again. */
  readonly cache: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Acting as root for somebody else: then mise is never run. */
  readonly forOthers: boolean;
  readonly signal?: AbortSignal;
  readonly settings: () => Promise<MiseSettings>;
}

/** Where omg fetches an address: at the mirror that config.toml has for its beginning, the longest first. */
export function mirrored(address: string, { mirrors = {} }: MiseSettings): string {
  const [from, to] =
    Object.entries(mirrors)
      .filter(([beginning]) => address.startsWith(beginning))
      .sort(([a], [b]) => b.length - a.length)[0] ?? [];
  return from === undefined || to === undefined ? address : `${to}${address.slice(from.length)}`;
}
