/* sink.bpguard.report: what plugin.c gives to babeltrace2. */
#ifndef BPGUARD_REPORT_SINK_H
#define BPGUARD_REPORT_SINK_H

#include <babeltrace2/babeltrace.h>

bt_component_class_initialize_method_status sink_init(bt_self_component_sink *self,
						      bt_self_component_sink_configuration *config,
						      const bt_value *params, void *data);
void sink_finalize(bt_self_component_sink *self);
bt_component_class_port_connected_method_status
sink_port_connected(bt_self_component_sink *self, bt_self_component_port_input *port,
		    const bt_port_output *other);
bt_component_class_sink_graph_is_configured_method_status
sink_graph_is_configured(bt_self_component_sink *self);
bt_component_class_sink_consume_method_status sink_consume(bt_self_component_sink *self);

#endif
