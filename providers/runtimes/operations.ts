import { join } from "node:path";
import { listFolder } from "../../host/folder.ts";
import { currentLink, RECEIPT, versionFolder, versionsFolder } from "../../host/runtimes.ts";
import { OmgError } from "../../schema/error.ts";
import type { ArchiveLayout, MiseLayout, Operation, Step, Transaction } from "../../schema/model/transaction.ts";

/** What of a new version has to be kept from resolving until it is unpacked, in the transaction's payload by version. */
export interface Unpacking {
  readonly layout: ArchiveLayout | MiseLayout;
  readonly url: string;
  readonly lts?: string;
  /** Where mise has it from. */
  readonly from?: string;
}

/** New versions first, then what holds everywhere, and only then what goes: there is no moment without one. */
export function operationsOf(runtime: string, data: string, transaction: Transaction): readonly Operation[] {
  const { steps } = transaction;
  const coming = steps.filter(({ after }) => after !== null);
  const switched = coming.find(({ after }) => after?.current === true);
  const stays =
    switched === undefined && steps.some(({ before, after }) => before?.current === true && after?.current !== true);
  return [
    ...coming.filter(({ kind }) => kind !== "modify").flatMap((step) => unpacked(runtime, data, step, transaction)),
    ...(switched === undefined ? [] : [pointing(runtime, data, switched.name)]),
    ...(stays ? [gone(`no ${runtime} holds everywhere any more`, currentLink(data, runtime))] : []),
    ...steps
      .filter(({ after }) => after === null)
      .map(({ name }) => gone(`remove ${runtime} ${name}`, versionFolder(data, runtime, name))),
  ];
}

/** What runs that were cut off left beside the versions. Whoever asks is the only writer. */
export function leftovers(runtime: string, data: string): readonly Operation[] {
  const folder = versionsFolder(data, runtime);
  return listFolder(folder)
    .filter((name) => /^\.omg-[0-9a-f]+\.tmp$/.test(name))
    .map((name) => gone(`remove what an interrupted run left of ${runtime}`, join(folder, name)));
}

function unpacked(runtime: string, data: string, step: Step, { payload }: Transaction): readonly Operation[] {
  const path = versionFolder(data, runtime, step.name);
  const { layout, ...made } = unpackingOf(step, payload);
  const receipt = { sha256: step.sha256, ...made };
  return [
    ...(step.kind === "reinstall" ? [gone(`take away the damaged ${runtime} ${step.name}`, path)] : []),
    {
      type: "extract",
      label: `install ${runtime} ${step.name}`,
      path,
      sha256: step.sha256 ?? "",
      layout,
      receipt: { name: RECEIPT, content: `${JSON.stringify(receipt)}\n` },
    },
  ];
}

function unpackingOf({ name, sha256 }: Step, payload: Transaction["payload"]): Unpacking {
  const text = payload?.[name];
  if (text !== undefined && sha256 !== undefined) return JSON.parse(text) as Unpacking;
  throw new OmgError({
    code: "transaction-incomplete",
    exit: "error",
    message: `The transaction does not say what ${name} is made of.`,
    state: "Nothing was changed.",
  });
}

function pointing(runtime: string, data: string, version: string): Operation {
  const path = currentLink(data, runtime);
  return { type: "link", label: `${runtime} ${version} holds where nothing else is asked for`, path, target: version };
}

function gone(label: string, path: string): Operation {
  return { type: "remove", label, path };
}
