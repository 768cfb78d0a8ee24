// The machine's own official sources, as apt reads them (sources.list(5)).
import { accessSync, constants, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const KEYRING = /\/(debian|ubuntu|raspbian|raspberrypi|devuan|kali|linuxmint|pop)[\w-]*\.(gpg|pgp|asc)$/i;
const ADDRESS = /\/(debian|debian-security|ubuntu|ubuntu-ports|raspbian|devuan|kali)\/?$/i;

/**
 * `files`: sources of packages, by file name: those of the distribution where they can be told, else all. Left out are
 * sources whose keys are not there, and what needs a disc or a password. `keyringAdded`: whether a source named no keys.
 */
export function readSources(folder = "/etc/apt") {
  const files = [join(folder, "sources.list"), ...partsOf(join(folder, "sources.list.d"))];
  const entries = files.flatMap(entriesOf).filter(isUsable);
  const official = entries.filter(isOfficial);
  const chosen = official.length > 0 ? official : entries;
  return { files: filesOf(chosen), keyringAdded: chosen.some(({ added }) => added !== undefined) };
}

function partsOf(folder) {
  const names = namesIn(folder).filter((name) => /^[\w.-]+\.(list|sources)$/.test(name));
  return names.sort().map((name) => join(folder, name));
}

function namesIn(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Each entry: the ending of its file, its text, its addresses, and the files of keys that it names. */
function entriesOf(path) {
  let text;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return [];
  }
  return path.endsWith(".sources") ? stanzas(text) : lines(text);
}

function lines(text) {
  return text.split("\n").flatMap((line) => {
    const [, options = "", uri, rest] = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(.*)$/.exec(line) ?? [];
    if (uri === undefined) return [];
    const named = /\bsigned-by=(\S+)/i.exec(options)?.[1];
    const added = named === undefined ? keyringFor([uri]) : undefined;
    const words = [options.trim(), added && `signed-by=${added}`].filter(Boolean).join(" ");
    const source = `deb ${words === "" ? "" : `[${words}] `}${uri} ${rest.trim()}\n`;
    return [
      { ending: "list", text: source, uris: [uri], keys: keyFiles([...(named?.split(",") ?? []), added]), added },
    ];
  });
}

function stanzas(text) {
  const bare = text.replace(/^#.*\n/gm, "");
  return bare.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name) => new RegExp(`^${name}:([^\\n]*(?:\\n[ \\t][^\\n]*)*)`, "im").exec(stanza)?.[1].trim() ?? "";
    const wanted = /(^|\s)deb(\s|$)/.test(field("Types")) && !/^(no|false|0|off|disable)$/i.test(field("Enabled"));
    if (!wanted) return [];
    const uris = field("URIs").split(/\s+/);
    const added = field("Signed-By") === "" ? keyringFor(uris) : undefined;
    const binary = stanza.replace(/^Types:.*$/im, "Types: deb").trim();
    const source = `${binary}\n${added === undefined ? "" : `Signed-By: ${added}\n`}\n`;
    return [
      { ending: "sources", text: source, uris, keys: keyFiles([...field("Signed-By").split(/\s+/), added]), added },
    ];
  });
}

/** The distribution's own keyring, for a source that names none. What a source without one brings grades risk. */
function keyringFor(uris) {
  const [, distribution] = ADDRESS.exec(uris[0] ?? "") ?? [];
  const path = `/usr/share/keyrings/${distribution?.split("-")[0]}-archive-keyring.gpg`;
  return distribution !== undefined && isReadable(path) ? path : undefined;
}

/** Fingerprints and keys written into the source itself are no files. */
function keyFiles(words) {
  return words.filter((word) => word?.startsWith("/"));
}

function isUsable({ uris, keys }) {
  return (
    uris.every((uri) => /^(https?|file|copy|mirror|mirror\+\w+):/.test(uri) && !/\/\/[^/]*@/.test(uri)) &&
    keys.every(isReadable)
  );
}

function isReadable(path) {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function isOfficial({ uris, keys }) {
  return keys.some((path) => KEYRING.test(path)) || uris.some((uri) => ADDRESS.test(uri));
}

function filesOf(entries) {
  const files = {};
  for (const { ending, text } of entries) files[`machine.${ending}`] = (files[`machine.${ending}`] ?? "") + text;
  return files;
}
