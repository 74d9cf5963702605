/* What plugin.c declares to babeltrace2. */
#ifndef BPGUARD_REPORT_PLUGIN_H
#define BPGUARD_REPORT_PLUGIN_H

#include <babeltrace2/babeltrace.h>

/* source.bpguard.log */
bt_component_class_initialize_method_status log_init(bt_self_component_source *self,
						     bt_self_component_source_configuration *config,
						     const bt_value *params, void *data);
void log_finalize(bt_self_component_source *self);
bt_component_class_query_method_status log_query(bt_self_component_class_source *self,
						 bt_private_query_executor *executor,
						 const char *object, const bt_value *params,
						 void *data, const bt_value **result);
bt_message_iterator_class_initialize_method_status
log_iterator_init(bt_self_message_iterator *self, bt_self_message_iterator_configuration *config,
		  bt_self_component_port_output *port);
void log_iterator_finalize(bt_self_message_iterator *self);
bt_message_iterator_class_next_method_status log_next(bt_self_message_iterator *self,
						      bt_message_array_const messages,
						      uint64_t capacity, uint64_t *count);
bt_message_iterator_class_seek_beginning_method_status
log_seek_beginning(bt_self_message_iterator *self);
bt_message_iterator_class_can_seek_beginning_method_status
log_can_seek_beginning(bt_self_message_iterator *self, bt_bool *can);

/* sink.bpguard.report */
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
