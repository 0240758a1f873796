package io.millrace.flow.topic.write;

import java.io.Serializable;
import java.util.ArrayList;
import org.apache.flink.table.types.logical.LogicalType;

/**
 * Where a row to be written holds what.
 *
 * @param types how the row holds each column of the contract
 * @param fields the row's field for each column of the contract; -1 for one that it has not
 * @param partitionField the field that says which partition the row came from, or -1
 */
public record RowLayout(ArrayList<LogicalType> types, int[] fields, int partitionField)
    implements Serializable {}
