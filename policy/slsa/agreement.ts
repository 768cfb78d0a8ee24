import { printable } from "./bundle.ts";
import type { BuildIdentity } from "./certificate.ts";
import { ProvenanceRefusal } from "./finding.ts";
import type { Provenance } from "./statement.ts";

/** Builders that are GitHub's own runners, with what the certificate must then say of the runner. */
const RUNNERS: Readonly<Record<string, string>> = {
  "https://github.com/actions/runner/github-hosted": "github-hosted",
  "https://github.com/actions/runner/self-hosted": "self-hosted",
};

/**
 * The statement is the build's own word, the certificate that of the platform it ran on. Where the first says something that
 * the second contradicts, or a builder that it does not know, neither is believed.
 * @throws ProvenanceRefusal `certificate-disagrees`
 */
export function demandAgreement(said: Provenance, certified: BuildIdentity): void {
  const runner = RUNNERS[said.builder];
  if (runner === undefined) same("builder", said.builder, certified.signer);
  else same("kind of runner", runner, certified.runner);
  sameIfSaid("repository", said.repository, certified.repository);
  sameIfSaid("commit", said.commit, certified.commit);
  if (said.repository === "" || said.workflow === "") return;
  const [started] = certified.workflow.split("@");
  same("workflow", `${said.repository}/${said.workflow}`, started ?? "");
  sameIfSaid("branch or tag", said.ref, certified.ref);
}

function sameIfSaid(what: string, said: string, certified: string): void {
  if (said !== "") same(what, said, certified);
}

function same(what: string, said: string, certified: string): void {
  if (said === certified) return;
  throw new ProvenanceRefusal(
    "certificate-disagrees",
    `The statement names the ${what} ${printable(said)}, and the certificate ${printable(certified)}.`,
  );
}
