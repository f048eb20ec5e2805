import type { ImportPreview } from "@generated/api";
import { Alert, List, Text } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import { counted } from "../number";
import { fieldName } from "./fields";

const SHOWN_ERRORS = 5;

/** What the API found in the first rows. */
export function Checked({ preview }: { preview: ImportPreview }) {
  const { errors = [], rowsChecked = 0, rowsValid = 0 } = preview;
  if (errors.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {counted(rowsChecked, "row")} checked, all can be imported.
      </Text>
    );
  }
  return (
    <Alert
      color="orange"
      icon={<TriangleAlert aria-hidden />}
      title={`${rowsChecked - rowsValid} of the first ${counted(rowsChecked, "row")} can't be imported`}
    >
      <List size="sm">
        {errors.slice(0, SHOWN_ERRORS).map((error) => (
          <List.Item key={`${error.row}-${error.column}`}>
            Row {error.row}, {error.column || fieldName(error.field)}
            {error.value && (
              <>
                {" "}
                <bdi>“{error.value}”</bdi>
              </>
            )}
            : {error.message}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
