"""The class: live frames now; sessions, engagement and reports later."""
