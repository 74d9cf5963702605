/* The plugin `bpguard` of babeltrace2(1). */
#include "read/log.h"
#include "sink.h"

/* By which babeltrace2 finds the rest. */
#pragma GCC visibility push(default)
BT_PLUGIN_MODULE();
#pragma GCC visibility pop

BT_PLUGIN(bpguard);
BT_PLUGIN_DESCRIPTION("Records of bpguard: broken pipes and who broke them");
BT_PLUGIN_LICENSE("MIT");

BT_PLUGIN_SOURCE_COMPONENT_CLASS(log, log_next);
BT_PLUGIN_SOURCE_COMPONENT_CLASS_DESCRIPTION(log, "Read JSON lines written by bpguard.");
BT_PLUGIN_SOURCE_COMPONENT_CLASS_HELP(log, "See bpguard-report(5).");
BT_PLUGIN_SOURCE_COMPONENT_CLASS_INITIALIZE_METHOD(log, log_init);
BT_PLUGIN_SOURCE_COMPONENT_CLASS_FINALIZE_METHOD(log, log_finalize);
BT_PLUGIN_SOURCE_COMPONENT_CLASS_QUERY_METHOD(log, log_query);
BT_PLUGIN_SOURCE_COMPONENT_CLASS_MESSAGE_ITERATOR_CLASS_INITIALIZE_METHOD(log, log_iterator_init);
BT_PLUGIN_SOURCE_COMPONENT_CLASS_MESSAGE_ITERATOR_CLASS_FINALIZE_METHOD(log, log_iterator_finalize);
BT_PLUGIN_SOURCE_COMPONENT_CLASS_MESSAGE_ITERATOR_CLASS_SEEK_BEGINNING_METHODS(
    log, log_seek_beginning, log_can_seek_beginning);

BT_PLUGIN_SINK_COMPONENT_CLASS(report, sink_consume);
BT_PLUGIN_SINK_COMPONENT_CLASS_DESCRIPTION(report, "Report what bpguard recorded.");
BT_PLUGIN_SINK_COMPONENT_CLASS_HELP(report, "See bpguard-report(5).");
BT_PLUGIN_SINK_COMPONENT_CLASS_INITIALIZE_METHOD(report, sink_init);
BT_PLUGIN_SINK_COMPONENT_CLASS_FINALIZE_METHOD(report, sink_finalize);
BT_PLUGIN_SINK_COMPONENT_CLASS_INPUT_PORT_CONNECTED_METHOD(report, sink_port_connected);
BT_PLUGIN_SINK_COMPONENT_CLASS_GRAPH_IS_CONFIGURED_METHOD(report, sink_graph_is_configured);
