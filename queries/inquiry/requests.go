package inquiry

import "strings"

// partLines are the operations of access-log lines that tell of a part of a request only, with what the
// request itself is called.
var partLines = map[string]string{"BATCH.DELETE.OBJECT": "DeleteObjects", "REST.COPY.OBJECT_GET": "CopyObject", "REST.COPY.PART_GET": "UploadPartCopy"}

// partLine tells that a row of the operation tells of a part of a request only.
func partLine(op string) bool { return strings.HasPrefix(op, "BATCH.") || partLines[op] != "" }
