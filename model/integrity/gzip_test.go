package integrity

import (
	"encoding/binary"
	"hash/crc32"
)

// trailer is the eight bytes that close a gzip member (RFC 1952, section 2.3.1).
func trailer(content []byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(content))
	return binary.LittleEndian.AppendUint32(b, uint32(len(content)))
}
