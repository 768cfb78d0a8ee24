import { OmgError } from "../../schema/error.ts";
import type { Examination, Finding } from "../../schema/model/finding.ts";
import type { Context } from "../context.ts";
import { declaredFindings } from "../doctor/declared.ts";
import { keyFindings } from "../doctor/keys.ts";
import { machineFindings } from "../doctor/machine.ts";
import { type Mended, mendAll } from "../doctor/mend.ts";
import { ownFindings } from "../doctor/own.ts";
import { allProviders } from "../providers.ts";
import type { DoctorResult } from "../results.ts";

export interface DoctorOptions {
  /** Mends what can be mended without taking anything from anybody. */
  readonly fix?: boolean;
}

/** Looks for the usual troubles. Without `fix` nothing is changed. */
export async function doctor(ctx: Context, options: DoctorOptions): Promise<DoctorResult> {
  const findings = await examineAll(ctx);
  const remedies = new Set(
    findings.flatMap(({ level, remedy }) => (level === "ok" || remedy === undefined ? [] : [remedy])),
  );
  if (options.fix !== true || remedies.size === 0) return resultOf(findings, { done: [], failed: [] });
  const mended = await mendAll(ctx, remedies);
  const after = await examineAll(ctx);
  return resultOf(after, judged(mended, after));
}

/** Whether something was mended, the machine says. */
function judged({ done, failed }: Mended, after: readonly Finding[]): Mended {
  const left = after.filter(({ level, remedy }) => level !== "ok" && remedy !== undefined && done.includes(remedy));
  return {
    done: done.filter((remedy) => !left.some((finding) => finding.remedy === remedy)),
    failed: [
      ...failed,
      ...left.flatMap(({ remedy, found }) => (remedy === undefined ? [] : [{ remedy, reason: `still so: ${found}` }])),
    ],
  };
}

function resultOf(findings: readonly Finding[], mended: Mended): DoctorResult {
  return {
    findings,
    mended: mended.done,
    notMended: mended.failed,
    healthy: findings.every(({ level }) => level !== "bad"),
  };
}

async function examineAll(ctx: Context): Promise<readonly Finding[]> {
  const packages = await packagesOf(ctx);
  return [
    ...machineFindings(ctx, packages.newest),
    ...ownFindings(ctx),
    ...(await declaredFindings(ctx)),
    ...packages.findings,
    ...(await keyFindings(packages.keys, ctx.now())),
  ];
}

/** What every provider that this host has says of itself; one that cannot be asked is a finding. */
async function packagesOf(ctx: Context): Promise<Examination> {
  try {
    const examinations: Examination[] = [];
    for (const provider of await allProviders(ctx)) {
      const found = provider.examine !== undefined && (await provider.detect()).available;
      if (found) examinations.push((await provider.examine?.(ctx.now())) ?? { findings: [], keys: [] });
    }
    const newest = examinations
      .flatMap((one) => one.newest ?? [])
      .sort()
      .at(-1);
    return {
      findings: examinations.flatMap(({ findings }) => findings),
      keys: examinations.flatMap(({ keys }) => keys),
      ...(newest === undefined ? {} : { newest }),
    };
  } catch (cause) {
    if (!(cause instanceof OmgError)) throw cause;
    const hint = cause.hint === undefined ? {} : { next: cause.hint };
    return { findings: [{ check: "packages", level: "bad", found: cause.message, ...hint }], keys: [] };
  }
}
