import { allOf, anyOf, type SpdxExpression } from "../../../host/spdx-expression.ts";
import { exceptionOf, spdxIdOf } from "./short-names.ts";

const WITH = /^(.+?)[ _-]with[ _-](.*exceptions?.*|.*-note)$/i;
/** `GPL-2+-autoconf-exception`: a name of one's own, which must not hide whose license it is. */
const GNU_WITH = /^([la]?gpl-?v?[\d.]*\+?|apache-2(?:\.0)?)[-_~](?!or-later|only)([a-z]{3}.*)$/i;

/** More words than any name has, and words that no name has: a license's text that stands where its name should. */
const MOST_WORDS = 7;
const TEXT_WORDS =
  /\b(?:permission|redistribution|hereby|provided|copying|this (?:software|file|program|library|work))\b/i;

/**
 * The first line of a `License` field as an expression (copyright-format 1.0, "License specification"): `and` binds tighter
 * than `or`, and both tighter than what a comma stands before. Undefined where it is empty, or is a text and no name. Pure.
 */
export function parseSynopsis(line: string): SpdxExpression | undefined {
  const text = line
    .replaceAll(/\s+/g, " ")
    .replaceAll(/_(or|and)_/gi, " $1 ")
    .replaceAll(/,?[ -]or (?:\(at your option\) )?(?:any )?(?:later|newer)(?: versions?)?/gi, "+")
    .replaceAll(/\s*[()]\s*/g, " ")
    .trim();
  const isText = TEXT_WORDS.test(text) || text.split(/ (?:and|or) |,/i).some((atom) => wordsIn(atom) > MOST_WORDS);
  if (text === "" || isText) return undefined;
  return byCommas(text);
}

function wordsIn(text: string): number {
  return text.trim().split(" ").length;
}

function byCommas(text: string): SpdxExpression | undefined {
  const [first = "", ...rest] = text.split(/\s*,\s*/);
  let found = choiceOf(first);
  for (const part of rest) {
    const next = choiceOf(part.replace(/^(?:and\/or|and|or) /i, ""));
    if (next === undefined) continue;
    if (found === undefined) found = next;
    else found = /^or /i.test(part) ? anyOf([found, next]) : allOf([found, next]);
  }
  return found;
}

function choiceOf(text: string): SpdxExpression | undefined {
  const branches = text.split(/ or /i).flatMap((branch) => {
    // Whoever writes `and/or` may mean that both hold.
    const parts = branch.split(/ and(?:\/or)? | & /i).flatMap((atom) => atomOf(atom) ?? []);
    return parts.length === 0 ? [] : [allOf(parts)];
  });
  return branches.length === 0 ? undefined : anyOf(branches);
}

/**
 * One name, with an exception or without. An exception that SPDX does not list is left out: it only permits more, and a name that
 * is made up would hide the license from those who look for it.
 */
function atomOf(text: string): SpdxExpression | undefined {
  const name = text.trim().replaceAll(/^["'`]+|["'`.;:]+$/g, "");
  if (name === "") return undefined;
  const [, base = "", addition = ""] = WITH.exec(name) ?? GNU_WITH.exec(name) ?? [];
  if (base === "") return { license: spdxIdOf(name) };
  const license = spdxIdOf(base.trim());
  const exception = exceptionOf(addition, license);
  return exception === undefined ? { license } : { license, exception };
}
