import { keptAnswer } from "../../../host/kept-answer.ts";
import manifest from "../../../package.json" with { type: "json" };
import type { LicenseFinding } from "../../../schema/model/license.ts";
import { licenseOfCopyright } from "./copyright.ts";
import type { Documented } from "./documents.ts";

/** What copyright files say, each read once: what is built from one source mostly has one text. */
export interface KnownTexts {
  findingOf(document: Extract<Documented, { type: "text" }>, where: string): LicenseFinding;
  /** Keeps what was found out for the next run, in this user's cache; without one nothing is kept. */
  keep(): void;
}

const FILE = "apt-licenses.json";

/** Findings by the stamp of their file, of one version of omg: another one may tell more. */
interface Kept {
  readonly omg: string;
  readonly files: Readonly<Record<string, LicenseFinding>>;
}

export function knownTexts(cache: string | undefined): KnownTexts {
  const kept = cache === undefined ? undefined : keptAnswer(cache, FILE);
  const before = filesIn(kept?.read());
  const files: Record<string, LicenseFinding> = {};
  const byText = new Map<string, LicenseFinding>();
  let isNew = false;
  return {
    findingOf: ({ read, stamp }, where) => {
      const known = stamp === undefined ? undefined : before.get(stamp);
      const found = known ?? readAnew(read(), where, byText);
      if (stamp !== undefined) files[stamp] = found;
      isNew ||= known === undefined;
      return found;
    },
    keep: () => {
      if (isNew) kept?.write({ omg: manifest.version, files } satisfies Kept);
    },
  };
}

function readAnew(bytes: Buffer, where: string, byText: Map<string, LicenseFinding>): LicenseFinding {
  const text = bytes.toString("latin1");
  const found = byText.get(text) ?? licenseOfCopyright(text, where);
  byText.set(text, found);
  return found;
}

function filesIn(answer: unknown): ReadonlyMap<string, LicenseFinding> {
  const { omg, files } = Object(answer) as Partial<Kept>;
  return new Map(omg === manifest.version ? Object.entries(files ?? {}) : []);
}
