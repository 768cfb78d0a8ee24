import { errnoOf } from "../../../host/disk.ts";
import type { Credentials } from "../../../host/fetch-types.ts";
import { readIfPresent } from "../../../host/files.ts";
import type { AptConfig } from "../machine/config.ts";
import { folderOf, pathOf } from "../machine/configuration-tree.ts";
import { partFiles } from "../machine/parts.ts";

/** One entry of auth.conf: whom it is for, and what to say there. */
export interface Login extends Credentials {
  /** `https` where the file names none. */
  readonly protocol: string;
  /** `host`, `host:port`, and either with the beginning of a path. */
  readonly place: string;
}

export interface KeptLogins {
  readonly logins: readonly Login[];
  /** Files, or their folder, that this user may not read. */
  readonly unreadable: readonly string[];
}

/** What auth.conf and the files of auth.conf.d hold, in apt's order (apt_auth.conf(5)). System errors but EACCES pass. */
export function readLogins({ tree }: AptConfig): KeptLogins {
  const unreadable: string[] = [];
  const orUnreadable = <T>(path: string, read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (fault) {
      if (errnoOf(fault) !== "EACCES") throw fault;
      unreadable.push(path);
      return otherwise;
    }
  };
  const main = pathOf(tree, "Dir::Etc::netrc");
  const folder = folderOf(tree, "Dir::Etc::netrcparts");
  const parts = orUnreadable(folder, () => partFiles(folder, ["conf"]), []);
  const files = [...(main === "" ? [] : [main]), ...parts];
  const logins = files.flatMap((file) =>
    orUnreadable(file, () => parseLogins(readIfPresent(file)?.toString("utf8") ?? ""), []),
  );
  return { logins, unreadable };
}

/** Tokens separated by blanks and line ends; unknown ones are passed over; `#` begins a comment only where a line begins. Pure. */
export function parseLogins(text: string): Login[] {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  const words = lines.flatMap((line) => line.split(/[ \t\r]+/)).filter((word) => word !== "");
  const found: Login[] = [];
  let entry: { place: string; user: string; password: string } | undefined;
  const finish = (): void => {
    if (entry !== undefined && entry.user + entry.password !== "") found.push(withProtocol(entry));
  };
  for (let at = 0; at < words.length; at++) {
    const key = words[at]?.toLowerCase();
    if (key === "machine") {
      finish();
      entry = { place: words[++at] ?? "", user: "", password: "" };
    } else if (key === "login" && entry !== undefined) entry.user = words[++at] ?? "";
    else if (key === "password" && entry !== undefined) entry.password = words[++at] ?? "";
  }
  finish();
  return found;
}

function withProtocol(entry: { place: string; user: string; password: string }): Login {
  const found = /^([a-z0-9+.-]+):\/\/(.*)$/i.exec(entry.place);
  return { ...entry, protocol: found?.[1] ?? "https", place: found?.[2] ?? entry.place };
}

/** The first entry that is for this address. Pure. */
export function loginFor(logins: readonly Login[], address: URL): Login | undefined {
  const { hostname, host, pathname } = address;
  return logins.find(({ protocol, place }) => {
    if (`${protocol}:` !== address.protocol || place === "") return false;
    if (!place.includes("/")) return place === hostname || place === host;
    return host + pathname === place || [host, hostname].some((name) => (name + pathname).startsWith(place));
  });
}
