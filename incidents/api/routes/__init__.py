"""What programs can ask for, one module for each area. Reads start from `visible_to`, changes go through the verbs."""
