import type { Policies, PolicyMode } from "../schema/model/policy.ts";
import { isAsStrict, tomlOf, wordsOf } from "./loosening.ts";
import { inMode, rulesIn } from "./modes.ts";

/** One rule of one file, in words of policy.toml. */
export interface ShownRule {
  /** `grade.sources.docker` */
  readonly rule: string;
  /** As TOML has it. */
  readonly value: string;
  readonly mode: PolicyMode;
  readonly file: string;
  readonly line?: number;
  /** It decides nothing: another file asks for at least as much, or only the machine's file may say this. */
  readonly outdone: boolean;
}

/** Every rule of every file, whatever it means, the same ones beside each other. Pure. */
export function shownRules({ machine, repository, earlier = [] }: Policies): readonly ShownRule[] {
  const files = [machine, repository, ...earlier].filter((file) => file !== undefined);
  const placed = (["enforce", "warn"] as const).flatMap((mode) => {
    const all = files.flatMap((file) => rulesIn(inMode(file, mode)).map((one) => ({ ...one, mode, file })));
    return all.map((one, index) => {
      const outdone = all.some(
        (other, at) =>
          at !== index &&
          other.name === one.name &&
          other.key === one.key &&
          isAsStrict(one.name, one.rule.value, other.rule.value) &&
          (at < index || !isAsStrict(one.name, other.rule.value, one.rule.value)),
      );
      const permission = one.name === "shellAllow" || one.name === "sourcesAllow";
      const idle = one.name === "shellAllow" && one.file !== machine;
      return { ...one, outdone: idle || (outdone && !permission) };
    });
  });
  return placed
    .map(({ rule: { value, file, line }, mode, outdone, ...named }) => ({
      rule: wordsOf(named),
      value: tomlOf(value),
      mode,
      file,
      ...(line === undefined ? {} : { line }),
      outdone,
    }))
    .sort((a, b) => (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0));
}
