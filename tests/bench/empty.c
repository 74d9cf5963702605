/* Does nothing: what any preloaded library costs. */
