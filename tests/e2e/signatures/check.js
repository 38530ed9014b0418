// check.js - what the vendors' own libraries say of signatures: one JSON line in, one out.
// Usage: node check.js MODULES
"use strict";
const path = require("path");
const readline = require("readline");
const modules = process.argv[2];
const { isValidSlackRequest } = require(path.join(modules, "@slack/bolt/dist/receivers/verify-request.js"));
const twilio = require(path.join(modules, "twilio"));

const answers = {
  slack: (asked) => ({
    holds: isValidSlackRequest({
      signingSecret: asked.secret,
      body: asked.body,
      headers: { "x-slack-signature": asked.signature, "x-slack-request-timestamp": asked.timestamp },
    }),
  }),
  twilio: (asked) => ({
    signature: twilio.getExpectedTwilioSignature(asked.secret, asked.url, asked.fields),
    holds: twilio.validateRequest(asked.secret, asked.signature, asked.url, asked.fields),
  }),
};

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const asked = JSON.parse(line);
  console.log(JSON.stringify(answers[asked.vendor](asked)));
});
