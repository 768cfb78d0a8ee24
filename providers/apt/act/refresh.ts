import type { Operation } from "../../../schema/model/transaction.ts";

/**
 * Has apt fetch the lists of all its sources, as `apt-get update` does. Any source that cannot be fetched is an error; without
 * that setting apt passes over them (apt.conf(5), APT::Update::Error-Mode). Pure.
 */
export function refreshOperation(env: Readonly<Record<string, string>>): Operation {
  return {
    type: "exec",
    label: "fetch what the sources offer",
    file: "/usr/bin/apt-get",
    args: ["-q", "-oAPT::Update::Error-Mode=any", "update"],
    env,
    show: false,
  };
}
