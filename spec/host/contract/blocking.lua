-- Runs the contract where nothing can yield.

local contract = require("spec.host.contract.promises")

local context = contract.context("blocking", require("cjson").decode(arg[1]))
context.yields = false
contract.run(context, print)
print("the loop has ended")
