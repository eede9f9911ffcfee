// The closing line of .ci/run, from Vitest's JSON report. A test file that fails before its first test counts as one failure, and so does
// a failure of `npm test` that the report does not show.
import { readFileSync } from "node:fs";

const [path, status] = process.argv.slice(2);
let counts = { passed: 0, failed: 0, skipped: 0 };
try {
  const report = JSON.parse(readFileSync(path, "utf8"));
  const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  counts = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
} catch (error) {
  console.error(`.ci/run: no report of the tests: ${error.message}`);
}
if (status !== "0") counts.failed = Math.max(counts.failed, 1);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
