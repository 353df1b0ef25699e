package sqlgen

import (
	"fmt"
	"strings"

	"trailsift/model"
)

// column is where a branch has a field.
type column struct {
	expr   string
	absent bool // the log never has it
	codes  bool // a byte: an enum's code, 0 is absent
	mask   bool // flags
	fixed  int  // an enum that is the same for every row of the log: its code
}

// accessExtra rebuilds what no other field shows of an access-log line.
const accessExtra = `nullif(cast(json_merge_patch('{}', json_object('bucket_owner', owner, 'request_uri', request_uri, ` +
	`'key_raw', key_raw, 'turn_around_time', turn_around_ms, 'field_count', field_count, 'extra_fields', extra_fields)) as varchar), '{}')`

const eventID = `coalesce(cast(event_id as varchar), event_text)`

// AccessPaths are the json. paths of an access-log line with their columns.
var accessPaths = map[string]string{
	"bucket_owner":     "owner",
	"request_uri":      "request_uri",
	"key_raw":          "key_raw",
	"turn_around_time": "cast(turn_around_ms as varchar)",
	"field_count":      "cast(field_count as varchar)",
	"extra_fields":     "extra_fields",
}

// lacks are the fields that one of the logs never has.
var lacks = map[model.Log][]model.Field{
	model.CloudTrail: {model.FieldReferer},
	model.AccessLog: {
		model.FieldBucketAccount, model.FieldMFA, model.FieldAccount, model.FieldErrorMessage, model.FieldKMSKey, model.FieldEncReq,
		model.FieldVPCE, model.FieldEventID, model.FieldRequest, model.FieldResponse,
	},
}

// special are the fields whose expression is not the column of the same name.
var special = map[model.Log]map[model.Field]string{
	model.CloudTrail: {model.FieldOpRaw: "op", model.FieldEventID: eventID},
	model.AccessLog:  {model.FieldExtra: accessExtra},
}

var columns = map[model.Log]map[model.Field]column{
	model.CloudTrail: columnsOf(model.CloudTrail),
	model.AccessLog:  columnsOf(model.AccessLog),
}

func columnsOf(log model.Log) map[model.Field]column {
	out := map[model.Field]column{}
	for _, in := range model.Fields {
		if in.Filter {
			continue
		}
		c := column{expr: string(in.Field), codes: in.Kind == model.KindEnum, mask: in.Kind == model.KindFlags}
		if e, ok := special[log][in.Field]; ok {
			c.expr = e
		}
		switch {
		case in.Field == model.FieldLog:
			c.fixed = int(log)
		case in.Field == model.FieldCategory && log == model.AccessLog:
			c.fixed = int(model.Data)
		}
		if c.fixed > 0 {
			c.expr = fmt.Sprintf("cast(%d as utinyint)", c.fixed)
		}
		out[in.Field] = c
	}
	for _, f := range lacks[log] {
		in, _ := model.Lookup(f)
		out[f] = column{expr: "cast(null as " + sqlType(in.Kind) + ")", absent: true, codes: in.Kind == model.KindEnum}
	}
	return out
}

func sqlType(k model.Kind) string {
	switch k {
	case model.KindTime:
		return "timestamp"
	case model.KindInt, model.KindSize:
		return "bigint"
	case model.KindBool:
		return "boolean"
	case model.KindEnum:
		return "utinyint"
	case model.KindFlags:
		return "uinteger"
	}
	return "varchar"
}

func columnOf(log model.Log, f model.Field) (column, bool) {
	c, ok := columns[log][f]
	return c, ok
}

// searched are the text columns of each log that bare words look into.
var searched = map[model.Log][]string{
	model.CloudTrail: strings.Fields(`service op bucket key version bucket_account copy_source prefix ip agent host actor actor_type
		actor_account access_key principal_id user_name session invoked_by issuer issuer_principal issuer_account account region
		error error_message kms_key tls cipher sig auth vpce access_point request_id host_id event_text request response extra`),
	model.AccessLog: strings.Fields(`service op op_raw bucket key version copy_source ip agent referer host actor actor_type
		actor_account access_key session issuer invoked_by region error tls cipher sig auth access_point request_id host_id
		owner request_uri key_raw extra_fields`),
}
