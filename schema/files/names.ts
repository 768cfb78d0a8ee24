import { z } from "zod";

/** A string that a pattern admits; the words complete "X …" in an error. */
function matching(pattern: RegExp, error: string): z.ZodString {
  return z.string().regex(pattern, { error });
}

/**
 * Debian Policy 5.6.1, with the architecture that a foreign package is keyed by. A `-` at the end is left out: apt takes
 * it for a removal, and no package has one.
 */
export const debianName = matching(
  /^[a-z0-9][a-z0-9+.-]{0,198}[a-z0-9+.](?::[a-z0-9][a-z0-9-]*)?$/,
  "is not the name of a Debian package",
);

/** PKGBUILD(5), `pkgname`. */
export const pacmanName = matching(/^[A-Za-z0-9@_+][A-Za-z0-9@._+-]{0,199}$/, "is not the name of a pacman package");

export const runtimeName = matching(/^[a-z][a-z0-9+._-]{0,63}$/, "is not the name of a runtime or tool");

/** POSIX.1 Base Definitions 8.1, with lower case. */
export const variableName = matching(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/, "is not the name of a variable");

/** What every shell takes as an alias without quoting. */
export const aliasName = matching(/^[A-Za-z0-9_.][A-Za-z0-9_.:+@-]{0,199}$/, "is not a name for an alias");

export const lockName = matching(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
  "is not a name for a lock: letters, digits, and . _ - after the first",
);

export const platformName = matching(/^[a-z0-9][a-z0-9._+~-]{0,99}$/, "is not a platform such as debian-12-amd64");

/** The name of a source, as `from` gives it. */
export const sourceName = matching(/^[A-Za-z0-9][ -~]{0,199}$/, "is not the name of a source");

/** A version as it is installed: no pattern. */
export const exactVersion = matching(/^[A-Za-z0-9][A-Za-z0-9.+:~_-]{0,255}$/, "is not a version");

/** `*`, `7.88.*` or an exact version. */
export const versionRequest = matching(
  /^(?!(?:absent|purged)$)(?:\*|[A-Za-z0-9][A-Za-z0-9.+:~_-]{0,255}(?:\.\*)?)$/,
  "is not a version request: write *, a beginning such as 7.88.*, or an exact version",
);

/** A version, the beginning of one, a channel, or `lts/iron`: what it means depends on the runtime. */
export const runtimeRequest = matching(
  /^(?:\*|[A-Za-z0-9][A-Za-z0-9.+:~_-]{0,99}(?:\.\*)?|lts\/(?:\*|-?[A-Za-z0-9]{1,40}))$/,
  "is not a version request: write 20, 20.19.5, latest, lts, lts/iron, or a channel such as stable",
);

/** A version request, or that the package must not be there. */
export const shortRequest = matching(
  /^(?:\*|[A-Za-z0-9][A-Za-z0-9.+:~_-]{0,255}(?:\.\*)?)$/,
  "is not a request: write *, a beginning such as 7.88.*, an exact version, absent or purged",
);

/** A machine of a team. */
export const memberName = matching(/^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$/, "is not the name of a member");

/** The public part of a machine's own key: 32 bytes. */
export const hostKey = matching(
  /^ed25519:[A-Za-z0-9+/]{43}=$/,
  "is not a machine's key: ed25519: and 44 characters of base64",
);

export const sha256 = matching(/^[0-9a-f]{64}$/, "is not a SHA-256 in lower-case hexadecimal");

export const commitId = matching(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/, "is not a full commit id");

/** The name that a source of a PKGBUILD has on the disk. */
export const sourceFile = matching(/^[A-Za-z0-9.+@][A-Za-z0-9._+@~-]{0,199}$/, "is not the name of a source file");

export const webAddress = matching(/^https?:\/\/[!-~]+$/, "is not an http or https address");

/** A git repository. Whoever may read config.toml reads a login in it as well. */
export const repositoryAddress = matching(
  /^(?:https?:\/\/[!#-~]+|ssh:\/\/(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?\/[!#$&-~]+|file:\/\/\/[!#$&-~]+)$/,
  "is not an https, http, ssh or file address of a git repository",
);

/** git-check-ref-format(1), the harmless part of it. */
export const referenceName = matching(
  /^(?![-/.])(?!.*(?:\.\.|\/[./]|@\{|\/$|\.lock$|\.$))[A-Za-z0-9._/+@-]{1,200}$/,
  "is not the name of a branch or tag",
);

/** A folder of a repository, from its top. */
export const repositoryFolder = matching(
  /^(?!(?:.*\/)?(?:\.{0,2}|\.git)(?:\/|$))[ -.0-~\u00a0-\uffff/]{1,1024}$/,
  "is not the path of a folder in the repository, such as hosts/web",
);

/** Where lists of vulnerabilities are fetched from. */
export const dumpAddress = matching(/^(?:https?|file):\/\/[!-~]+$/, "is not an http, https or file address");

/** The date or time of a snapshot archive: `2026-11-15`, `2026/11/15`, `20261115T120000Z`. */
export const snapshotTime = matching(
  /^\d{4}([-/]?)\d{2}\1\d{2}(?:T\d{2}:?\d{2}:?\d{2}Z)?$/,
  "is not a date such as 2026-11-15 or a time such as 20261115T120000Z",
);

/** apt.conf(5), `Acquire::Snapshots::URI`; the address of a folder. */
export const snapshotAddress = matching(
  /^(?:https?|file):\/\/[!#-~]*@SNAPSHOTID@[!#-~]*\/$/,
  "is not an http, https or file address with @SNAPSHOTID@ in it and a slash at the end",
);

/** The address of a repository's folder on a day. */
export const archiveAddress = matching(
  /^(?:https?|file):\/\/[!-~]*\$date[!-~]*\$repo[!-~]*$/,
  "is not an http, https or file address with $date and $repo in it",
);

/** One line of text that begins with no `-`. */
export const pattern = matching(/^[ -,.-~\u00a0-\uffff][ -~\u00a0-\uffff]{0,255}$/, "is not a pattern");

/** What a lock calls a health check by, and config.toml says more of. */
export const healthName = matching(
  /^[a-z0-9][a-z0-9_-]{0,63}$/,
  "is not a name for a health check: small letters, digits, _ and -",
);

export const oneLine = matching(/^[ -~\u00a0-\uffff]{1,4096}$/, "must be one line of text");

/** Any text that a process can be given. */
export const value = matching(/^[^\0]*$/, "holds a NUL character");

export const absolutePath = matching(/^\/[ -~\u00a0-\uffff]*$/, "is not an absolute path");
