print("\"hello\"")
