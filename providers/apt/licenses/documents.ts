import { dirname, resolve } from "node:path";

/** What a package has for a copyright file (Debian Policy, 12.5). */
export type Documented =
  | {
      readonly type: "text";
      /** Errors: as whatever reads it, and `archive-damaged`. */
      readonly read: () => Buffer;
      /** The file as it is now, for whoever knows already what it says; absent where it is none of this machine's. */
      readonly stamp?: string;
    }
  /** Another package's: where a folder below /usr/share/doc is a link to another one. */
  | { readonly type: "shared"; readonly with: string }
  /** A link to anywhere else, which is not followed. */
  | { readonly type: "elsewhere"; readonly target: string }
  | { readonly type: "missing" };

const DOCUMENTS = /^\/usr\/share\/doc\/([a-z0-9][a-z0-9+.-]*)(?:\/copyright)?$/;

/** What a symbolic link at `place`, absolute below the root, leads to. Pure. */
export function documentedBy(place: string, target: string): Documented {
  const [, name] = DOCUMENTS.exec(resolve(dirname(place), target)) ?? [];
  return name === undefined ? { type: "elsewhere", target } : { type: "shared", with: name };
}
