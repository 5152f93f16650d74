// A message centre by npm's smpp, for tests/proofs/test_npm_smpp.py: what came is printed as lines of JSON, and what it is to
// do is read as such. Tells its port first.
const smpp = require("smpp");
const lines = require("readline").createInterface({ input: process.stdin });
const sessions = [];
const statuses = [];
let taken = 0;
const tell = (what) => process.stdout.write(JSON.stringify(what) + "\n");

const server = smpp.createServer((session) => {
  session.on("error", () => {});
  session.on("bind_transceiver", (pdu) => {
    const right = pdu.system_id === "radius" && pdu.password === "hush-1!";
    tell({ event: "bind", system_id: pdu.system_id, version: pdu.interface_version });
    session.send(pdu.response({ command_status: right ? smpp.ESME_ROK : smpp.ESME_RBINDFAIL, system_id: "npm" }));
    if (right) sessions.push(session);
  });
  session.on("submit_sm", (pdu) => {
    const status = statuses.shift() || smpp.ESME_ROK;
    const message = pdu.short_message;
    tell({
      event: "submit", status, to: pdu.destination_addr, from: pdu.source_addr, coding: pdu.data_coding, esm_class: pdu.esm_class,
      text: Buffer.isBuffer(message.message) ? message.message.toString("hex") : message.message,
      udh: (message.udh || []).map((element) => element.toString("hex")),
    });
    session.send(pdu.response(status ? { command_status: status } : { message_id: `id-${++taken}` }));
  });
  for (const answered of ["deliver_sm_resp", "enquire_link_resp", "unbind_resp"]) {
    session.on(answered, (pdu) => tell({ event: answered, status: pdu.command_status }));
  }
  session.on("enquire_link", (pdu) => { tell({ event: "enquire_link" }); session.send(pdu.response()); });
  session.on("unbind", (pdu) => { tell({ event: "unbind" }); session.send(pdu.response()); session.close(); });
});

lines.on("line", (line) => {
  const asked = JSON.parse(line);
  if (asked.statuses) { statuses.push(...asked.statuses); tell({ event: "statuses" }); }
  if (asked.pdu) sessions[sessions.length - 1][asked.pdu](asked.options || {});
});
server.listen(0, "127.0.0.1", () => tell({ event: "listens", port: server.address().port }));
