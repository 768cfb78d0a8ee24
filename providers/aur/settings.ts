/** Shows something to the person at the terminal and asks about it. */
export type Ask = (about: {
  readonly title: string;
  /** Text of others; what shows it makes it safe. */
  readonly text: string;
  readonly question: string;
}) => Promise<boolean>;

/** config.toml's `[aur]`, as the machine has it. */
export interface AurSettings {
  readonly address?: string;
  /** Seconds. */
  readonly "build-limit"?: number;
  readonly unsandboxed?: boolean;
  readonly "built-by-users"?: boolean;
}

export interface AurOptions {
  readonly settings: () => Promise<AurSettings>;
  /** Folder for repositories, sources and builds: a cache. */
  readonly folder: string;
  /** Folder for what was accepted, and for what was built from what. */
  readonly records: string;
  /** Absent where there is nobody to ask, or where they agreed beforehand to what the lock pins. */
  readonly ask?: Ask;
  /** Acting as root for somebody else: then nothing is fetched or built. */
  readonly forOthers: boolean;
  /** Whether what is built here is handed to root, who did not build it. */
  readonly handedOver: boolean;
  readonly signal: AbortSignal;
}

const ADDRESS = "https://aur.archlinux.org";
const BUILD_LIMIT = 7200;

/** What counts where config.toml says nothing. */
export function addressIn({ address = ADDRESS }: AurSettings): string {
  return address.replace(/\/+$/, "");
}

export function buildLimitIn({ "build-limit": seconds = BUILD_LIMIT }: AurSettings): number {
  return seconds * 1000;
}
