import { allOf, type SpdxExpression } from "../../../host/spdx-expression.ts";
import { spdxIdOf } from "./short-names.ts";

// Copyright files from before copyright-format 1.0: prose, with texts of licenses and with links into /usr/share/common-licenses.
// Whatever is named there counts, all of it together: too much is found rather than too little.

/** What a text must contain for one license to be in it. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/Apache (?:Software )?Licen[sc]e,? ?\(?(?:v\.? ?|version )?2(?:\.0)?\b/i, "Apache-2.0"],
  [/Mozilla Public Licen[sc]e,? ?\(?(?:MPL )?(?:v\.? ?|version )?2\.0/i, "MPL-2.0"],
  [/Mozilla Public Licen[sc]e,? ?\(?(?:MPL )?(?:v\.? ?|version )?1\.1/i, "MPL-1.1"],
  [/Eclipse Public Licen[sc]e(?: -)?,? ?(?:v\.? ?|version )?1\.0/i, "EPL-1.0"],
  [/Eclipse Public Licen[sc]e(?: -)?,? ?(?:v\.? ?|version )?2\.0/i, "EPL-2.0"],
  [/Boost Software Licen[sc]e,? ?-? ?(?:v\.? ?|version )?1\.0/i, "BSL-1.0"],
  [/SIL Open Font Licen[sc]e,? ?(?:v\.? ?|version )?1\.1/i, "OFL-1.1"],
  [/PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2/i, "Python-2.0"],
  [/CC0 1\.0 Universal/i, "CC0-1.0"],
  [/version \S+ of the Info-ZIP (?:copyright and )?licen[sc]e/i, "Info-ZIP"],
  [/This software is copyrighted by the Regents of the University of California, Sun Microsystems/i, "TCL"],
  [/provided .{1,4}as[- ]is.{1,4} ?without any express or implied warranty.{0,900}must not be misrepresented/i, "Zlib"],
  [
    /Permission to use, copy, modify,? (?:and\/or|and) distribute this software for any purpose with or without fee/i,
    "ISC",
  ],
  [
    /use, copy, modify, distribute,? and sell this software and its documentation for any purpose/i,
    "HPND-sell-variant",
  ],
  [/use, copy, modify,? and distribute this software and its documentation for any purpose/i, "HPND"],
  [/(?:is|are|been|placed|put|released|dedicated) (?:hereby )?(?:in|into|to)? ?the public domain/i, "public-domain"],
];

const MIT = /Permission is hereby granted, free of charge, to any person obtaining a copy/i;
const NO_PROMOTION = /Except as contained in this notice, the names? of/i;
const BSD = /Redistribution and use in source and binary forms/gi;
/** Characters that the conditions of a BSD license take. */
const CONDITIONS = 1800;

const LINK =
  /common-licenses\/(Apache-2\.0|Artistic|BSD|CC0-1\.0|MPL-[12]\.[01]|L?GPL(?:-\d(?:\.\d)?)?|GFDL(?:-\d\.\d)?)/g;
const GNU = /GNU (?:(Lesser|Library|Affero|Free Documentation)(?: or Lesser)?\b ?)?(?:General Public )?Licen[sc]e/g;
const FAMILIES: Readonly<Record<string, string>> = {
  Lesser: "LGPL",
  Library: "LGPL",
  Affero: "AGPL",
  "Free Documentation": "GFDL",
};
/** Characters around a mention of GNU's licenses in which its version stands. */
const NEAR = 220;

/** The licenses that a text names or contains; undefined where it has none that is known. Pure. */
export function licensesInText(text: string): SpdxExpression | undefined {
  const plain = text.replaceAll(/^[ \t]*(?:\*|#|;|\/\/|%|\.$)+/gm, "").replaceAll(/\s+/g, " ");
  const gnu = gnuIn(plain);
  const found = new Set([...gnu, ...linkedIn(plain, gnu), ...textsIn(plain)]);
  return found.size === 0 ? undefined : allOf([...found].map((name) => ({ license: spdxIdOf(name) })));
}

function textsIn(text: string): readonly string[] {
  const found = TEXTS.filter(([pattern]) => pattern.test(text)).map(([, id]) => id);
  if (MIT.test(text)) found.push(NO_PROMOTION.test(text) ? promotionFree(text) : "MIT");
  for (const { index } of text.matchAll(BSD)) {
    const conditions = text.slice(index, index + CONDITIONS);
    if (/advertising materials/i.test(conditions)) found.push("BSD-4-Clause");
    else found.push(/endorse or promote/i.test(conditions) ? "BSD-3-Clause" : "BSD-2-Clause");
  }
  return found;
}

function promotionFree(text: string): string {
  return /the name of the Open Group/i.test(text) ? "MIT-open-group" : "X11";
}

/** GNU's licenses with the versions that stand beside their names: `LGPL-2.1+`. */
function gnuIn(text: string): readonly string[] {
  const mentions = [...text.matchAll(GNU)];
  return mentions.flatMap(({ 0: mention, 1: kind, index }, at) => {
    const family = kind === undefined ? "GPL" : FAMILIES[kind];
    const end = Math.min(index + mention.length + NEAR, mentions[at + 1]?.index ?? text.length);
    const after = text.slice(index + mention.length, end);
    const version = versionBefore(text.slice(Math.max(0, index - 60), index)) ?? versionAfter(after);
    if (family === undefined || version === undefined) return [];
    const later = /^.{0,120}?\b(?:any later version|or later|or newer|any newer version)/i.test(after);
    return [`${family}-${version}${later ? "+" : ""}`];
  });
}

/** `under version 2 of the` GNU General Public License */
function versionBefore(text: string): string | undefined {
  return /version (\d(?:\.\d)?) of the $/i.exec(text)?.[1];
}

/** … License as published by the Free Software Foundation; either `version 2` */
function versionAfter(text: string): string | undefined {
  return /^(?:(?!for more details|common-licenses).){0,150}?\bv(?:ersion|\.)? ?(\d(?:\.\d)?)\b/i.exec(text)?.[1];
}

/** Linked licenses, without those of GNU whose family the text itself speaks of. */
function linkedIn(text: string, gnu: readonly string[]): readonly string[] {
  const families = new Set(gnu.map((name) => name.slice(0, name.indexOf("-"))));
  return [...text.matchAll(LINK)].flatMap(({ 1: link = "", index }) => {
    if (link === "BSD") return ["BSD-3-Clause"];
    const [family = ""] = /^(?:L?GPL|GFDL)/.exec(link) ?? [];
    if (family === "") return [link];
    if (families.has(family)) return [];
    const around = text.slice(Math.max(0, index - 2 * NEAR), index + NEAR);
    return [link === family || !/any later version|or later/i.test(around) ? link : `${link}+`];
  });
}
