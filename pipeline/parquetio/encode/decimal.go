package encode

// Bytes is how long each value of a decimal of more than 18 digits is: two's complement, the highest byte first.
func (t DecimalType) Bytes() int { return decimalBytes(t.Precision) }
