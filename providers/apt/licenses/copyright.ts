import { allOf, parseSpdx, type SpdxExpression, spdxText } from "../../../host/spdx-expression.ts";
import type { LicenseFinding } from "../../../schema/model/license.ts";
import { licensesInText } from "./free-form.ts";
import { parseSynopsis } from "./synopsis.ts";

/** Largest copyright file that is read, unpacked. Bytes: several times the largest of Debian's. */
export const MAX_COPYRIGHT = 16 << 20;

const FORMAT = /^(?:Format|Format-Specification):/im;
/** In which stanzas a license is about something: copyright-format 1.0. One that stands by itself is a text that others refer to. */
const ABOUT: ReadonlySet<string> = new Set(["files", "copyright", "format", "format-specification"]);

/**
 * What a Debian copyright file says of the package as a whole: everything together that its parts are under, the packaging
 * among them. Nothing that is looked for is outside ASCII. @param where what the sentence for people calls the file. Pure.
 */
export function licenseOfCopyright(content: string, where: string): LicenseFinding {
  const text = content.replaceAll("\r\n", "\n");
  const stated = FORMAT.test(text.slice(0, 2000)) ? fieldsIn(text).map(fieldLicense) : [];
  const known = stated.flatMap((each) => each ?? []);
  if (known.length > 0) {
    const all = known.length < stated.length ? [...known, UNSTATED] : known;
    return { expression: spdxText(allOf(all)), basis: "stated", detail: `${where} states it.` };
  }
  const found = licensesInText(text);
  if (found !== undefined)
    return { expression: spdxText(found), basis: "text", detail: `Told from the words of ${where}.` };
  return { basis: "unknown", detail: `No license that is known could be told from ${where}.` };
}

const UNSTATED: SpdxExpression = { license: "LicenseRef-Debian-unstated" };

/** The different `License` fields of stanzas that are about files, or about the whole package. */
function fieldsIn(text: string): readonly string[] {
  const found = new Set<string>();
  let license: string | undefined;
  let about = false;
  const end = () => {
    if (license !== undefined && about) found.add(license);
    license = undefined;
    about = false;
  };
  for (let at = 0; at < text.length; ) {
    const next = nextLine(text, at);
    const first = text.charCodeAt(at);
    if (isBlank(text, at, next)) end();
    else if (first !== SPACE && first !== TAB) {
      const name = text.slice(at, text.indexOf(":", at)).toLowerCase();
      if (ABOUT.has(name)) about = true;
      else if (name === "license") license = fieldAt(text, at + "license:".length);
    }
    at = next;
  }
  end();
  return [...found];
}

const SPACE = 32;
const TAB = 9;

function nextLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end + 1;
}

function isBlank(text: string, from: number, to: number): boolean {
  return to - from < 80 && text.slice(from, to).trim() === "";
}

/** A field's value from its first line to the end of those that continue it. */
function fieldAt(text: string, from: number): string {
  let end = nextLine(text, from);
  while (text.charCodeAt(end) === SPACE || text.charCodeAt(end) === TAB) {
    const next = nextLine(text, end);
    if (isBlank(text, end, next)) break;
    end = next;
  }
  // Not the line break of a first line that is empty: then what follows is no name.
  return text
    .slice(from, end)
    .replace(/^[ \t]+/, "")
    .trimEnd();
}

/** What stands in a field without a name of its own is told from its words. */
function fieldLicense(field: string): SpdxExpression | undefined {
  const [synopsis = ""] = field.split("\n", 1);
  return spdxIn(synopsis) ?? parseSynopsis(synopsis) ?? licensesInText(field);
}

/** Some write SPDX's own expressions, in which words in capitals join. */
function spdxIn(synopsis: string): SpdxExpression | undefined {
  return / (?:AND|OR|WITH) /.test(synopsis) && /\(/.test(synopsis) ? normalized(parseSpdx(synopsis)) : undefined;
}

function normalized(expression: SpdxExpression | undefined): SpdxExpression | undefined {
  if (expression === undefined) return undefined;
  if ("license" in expression) return parseSynopsis(expression.license);
  const parts = ("all" in expression ? expression.all : expression.any).flatMap((part) => normalized(part) ?? []);
  return parts.length === 0 ? undefined : "all" in expression ? allOf(parts) : { any: parts };
}
