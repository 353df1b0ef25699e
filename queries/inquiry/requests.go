package inquiry

import (
	"slices"
	"strings"

	"trailsift/model"
)

// partLines are the operations of access-log lines that tell of a part of a request only, with what the
// request itself is called.
var partLines = map[string]string{"BATCH.DELETE.OBJECT": "DeleteObjects", "REST.COPY.OBJECT_GET": "CopyObject", "REST.COPY.PART_GET": "UploadPartCopy"}

// isPart tells that a row with operation and flags tells of a part of a request only.
func isPart(r row) bool {
	op, flags := r.text(model.FieldOp), r.get(model.FieldFlags)
	names, _ := flags.([]string)
	return strings.HasPrefix(op, "BATCH.") || partLines[op] != "" ||
		slices.ContainsFunc(model.FlagPartOfCall.Names(), func(name string) bool { return slices.Contains(names, name) })
}
