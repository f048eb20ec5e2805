/**
 * The recipients of test mode that stand for an outcome. The server decides the outcomes
 * (magic_numbers.py of messaging); a test of the server compares the numbers.
 */
export const MAGIC_NUMBERS: readonly { number: string; outcome: string }[] = [
  { number: "+12125550100", outcome: "Delivered, like every other number" },
  { number: "+12125550101", outcome: "Sent, and never confirmed" },
  { number: "+12125550102", outcome: "Undelivered: the phone can't be reached (30003)" },
  { number: "+12125550103", outcome: "Failed: filtered by the carrier (30007)" },
  { number: "+12125550104", outcome: "Failed: unknown number (30005)" },
  { number: "+12125550105", outcome: "Failed: landline (30006)" },
  { number: "+12125550106", outcome: "Refused: the person has opted out (21610)" },
  { number: "+12125550107", outcome: "Trouble at first, then delivered" },
  { number: "+12125550108", outcome: "Delivered, and answers “Yes”" },
  { number: "+12125550109", outcome: "Delivered, and answers STOP" },
];
