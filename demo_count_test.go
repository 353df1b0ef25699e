package main

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

const intruder = "203.0.113.66"

// countFiles counts what needs no story: files, records, copies.
func (d demoEvidence) countFiles(t *testing.T, n map[string]int64) {
	t.Helper()
	n["cloudtrail-files"], n["cloudtrail-records"] = int64(len(d.logs)), int64(len(d.events))
	byID := map[string]map[string]int64{}
	for _, e := range d.events {
		if byID[e.EventID] == nil {
			byID[e.EventID] = map[string]int64{}
		}
		byID[e.EventID][e.raw]++
	}
	for _, raws := range byID {
		if len(raws) > 1 {
			n["event-id-conflicts"]++
		}
		for _, copies := range raws {
			n["redelivered-records"] += copies - 1
		}
	}
	seen := map[string]bool{}
	for _, l := range d.lines {
		n["access-log-lines"]++
		if seen[l.text] {
			n["duplicate-lines"]++
		}
		seen[l.text] = true
	}
	for name, content := range d.tree {
		if strings.Contains(name, "/CloudTrail-Insight/") {
			var file struct{ Records []any }
			if err := json.Unmarshal(gunzip(t, name, content), &file); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			n["insight-records"] += int64(len(file.Records))
		}
	}
}

// countDeliveries holds the files against CloudTrail's own writes of them.
func (d demoEvidence) countDeliveries(n map[string]int64) {
	put := map[string]bool{}
	for _, e := range d.events {
		if e.SourceIPAddress != "cloudtrail.amazonaws.com" || e.EventName != "PutObject" || e.param("bucketName") != auditBucket {
			continue
		}
		n["files-put-by-cloudtrail"]++
		name := auditBucket + "/" + e.param("key")
		put[name] = true
		content, here := d.tree[name]
		size, _ := e.AdditionalEventData["bytesTransferredIn"].(float64)
		switch digest := strings.Contains(name, "/CloudTrail-Digest/"); {
		case e.ErrorCode != "":
			n["logs-not-delivered"]++
		case !here && digest:
			n["delivered-digests-missing"]++
		case !here:
			n["delivered-logs-missing"]++
		case int(size) != len(content):
			n["delivered-logs-other-size"]++
		}
	}
	for name := range d.logs {
		_, minute, _ := strings.Cut(name, "_us-east-1_20260311T")
		if strings.Contains(name, "/111122223333_") && minute > "0305" && minute < "0340" && !put[name] {
			n["logs-never-delivered"]++
		}
	}
}

// countEvents counts the scenes as CloudTrail tells them. Planted records are left out by the one
// thing that betrays them here: nobody but the intruder copies an object onto itself.
func (d demoEvidence) countEvents(n map[string]int64) {
	batches := map[string]int{}
	for _, e := range d.events {
		if e.EventName == "DeleteObjects" {
			if list, ok := e.RequestParameters["objects"].([]any); ok {
				n["batch-keys-named-in-record"] += int64(len(list))
				continue
			}
			batches[e.RequestID] = 0
		}
	}
	for _, e := range d.events {
		if _, ok := batches[e.RequestID]; ok && e.EventName == "DeleteObject" {
			n["batch-keys-as-events"]++
			batches[e.RequestID]++
		}
		countReads(e, n)
		countWrites(e, n)
	}
	for _, keys := range batches {
		if keys == 0 {
			n["batch-calls-without-keys"]++
		}
	}
}

func countReads(e event, n map[string]int64) {
	session := strings.HasSuffix(e.UserIdentity.PrincipalID, ":i-0a1b2c3d4e5f60789")
	leaked := e.UserIdentity.AccessKeyID == "AKIAQ7DEMOLEAKEDKEY1"
	anonymous := e.UserIdentity.AccountID == "anonymous"
	switch {
	case e.EventName == "Decrypt":
		n["kms-decrypts"]++
	case (e.EventName == "ListBuckets" || e.EventName == "HeadBucket") && e.ErrorCode != "":
		n["denied-enumeration"]++
	case anonymous && e.ok("ListObjects"):
		n["anonymous-listings"]++
	case anonymous && e.ErrorCode != "" && e.EventTime < "2026-03-10T09:12":
		n["anonymous-denied-before"]++
	case anonymous && e.ErrorCode != "" && e.EventTime > "2026-03-10T17:40":
		n["anonymous-denied-after"]++
	case leaked && e.EventName == "GetObject" && e.ErrorCode != "":
		n["leaked-key-denied-gets"]++
	case leaked && e.ok("GetObject"):
		n["leaked-key-gets-both-logs"]++
	case !e.ok("GetObject"):
	case session && e.SourceIPAddress == "198.51.100.23":
		n["instance-role-gets"]++
	case anonymous:
		n["anonymous-gets"]++
		n["anonymous-bytes"] += e.sent()
	case e.SourceIPAddress == "203.0.113.190":
		n["insider-gets"]++
		n["insider-bytes"] += e.sent()
	case e.SourceIPAddress == "198.51.100.41" && e.AdditionalEventData["AuthenticationMethod"] == "QueryString":
		n["presigned-gets-by-a-friend"]++
	}
}

func countWrites(e event, n map[string]int64) {
	if e.AdditionalEventData["SignatureVersion"] == "SigV2" {
		n["sigv2-requests"]++
	}
	if e.AdditionalEventData["aclRequired"] == "Yes" {
		n["acl-required"]++
	}
	if e.UserIdentity.Type == "Root" {
		n["root-requests"]++
	}
	customer := e.param("x-amz-server-side-encryption-customer-algorithm") != ""
	write := e.EventName == "PutObject" || e.EventName == "CopyObject"
	if write && e.ErrorCode != "" {
		n["enc-failed-writes"]++
	}
	if write && e.ErrorCode == "" && e.AdditionalEventData["SSEApplied"] == nil && e.ResponseElements == nil {
		n["enc-not-reported"]++
	}
	switch {
	case e.EventName == "CopyObject" && e.ErrorCode != "" && customer:
		n["sse-c-refused"]++
	case e.ok("CopyObject") && customer && e.UserIdentity.UserName == "svc-backup-legacy":
		n["sse-c-rewrites"]++
	case e.ok("CopyObject") && e.param("bucketName") == "xfer-drop-7731":
		n["copies-to-foreign-account"]++
	case e.EventName == "UpdateObjectEncryption":
		n["re-encrypted-with-foreign-key"]++
	case e.EventName == "DeleteObject" && e.param("versionId") != "" && e.param("bucketName") == "acme-finance":
		n["versions-deleted-in-finance"]++
	case e.EventName == "PutObject" && (strings.Contains(e.param("key"), "READ ME") || strings.Contains(e.param("key"), "DECRYPT")):
		n["ransom-notes"]++
	case e.ok("PutObject") && e.UserIdentity.UserName == "partner-upload":
		n["hostile-names"]++
	}
}

// countLines counts what the access logs tell, most of it alone. Lines that were delivered twice
// count once.
func (d demoEvidence) countLines(n map[string]int64) {
	told := map[string]bool{}
	for _, e := range d.events {
		told[e.RequestID] = true
	}
	opened := time.Date(2026, 3, 10, 9, 12, 0, 0, time.UTC)
	seen := map[string]bool{}
	for _, l := range d.lines {
		if seen[l.text] {
			continue
		}
		seen[l.text] = true
		taken := l.ip == intruder && l.op == "REST.GET.OBJECT" && l.status == "200"
		if taken && l.bucket == "acme-finance" {
			n["leaked-key-bytes"] += l.sent
			if !told[l.request] {
				n["leaked-key-gets-access-log-only"]++
			}
		}
		if strings.Count(l.text, `"`) > 6 {
			n["forged-headers"]++
		}
		if key, err := url.PathUnescape(l.key); err == nil {
			if once, err := url.PathUnescape(key); err == nil && !utf8.ValidString(once) {
				n["names-that-are-no-text"]++
			}
		}
		switch {
		case taken && l.bucket == "acme-web" && l.time.Before(opened):
			n["gets-while-stopped"]++
		case l.errCode == "SignatureDoesNotMatch":
			n["failed-authentication"]++
		case l.op == "REST.COPY.OBJECT_GET":
			n["copy-sources"]++
		case l.op == "BATCH.DELETE.OBJECT":
			n["batch-deleted-keys"]++
		case l.op == "S3.EXPIRE.OBJECT":
			n["lifecycle-expired"]++
		case l.op == "S3.CREATE.DELETEMARKER":
			n["lifecycle-delete-markers"]++
		case l.op == "REST.DELETE.OBJECT" && l.bucket == "acme-web" && strings.Contains(l.text, "?versionId="):
			n["versions-deleted-while-stopped"]++
		}
	}
}
