import type { Operation } from "../../../schema/model/transaction.ts";

/** A quarter of an hour: enough for all lists of Debian over an analogue line. Seconds. */
const LIMIT = 900;

/**
 * Has apt fetch the lists of all its sources, as `apt-get update` does. Any source that cannot be fetched is an error; without
 * that setting apt passes over them (apt.conf(5), APT::Update::Error-Mode). apt gives up on a
 * server that is silent, never on one that sends a byte now and then: `limit`, in seconds, is for all of it. Pure.
 */
export function refreshOperation(env: Readonly<Record<string, string>>, limit = LIMIT): Operation {
  return {
    type: "exec",
    label: "fetch what the sources offer",
    file: "/usr/bin/apt-get",
    args: ["-q", "-oAPT::Update::Error-Mode=any", "update"],
    env,
    show: false,
    limitMs: limit * 1000,
  };
}
