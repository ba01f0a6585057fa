"""Stage 4: network outputs and baselines to dated predictive distributions in price units."""
