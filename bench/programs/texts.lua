--- Texts of 160 characters: name and text.
return {
  { "ASCII", ("Your code is 4815. It is good for 10 minutes, and for one try. "):rep(3):sub(1, 160) },
  { "a curly quote at the end", ("Your code is 4815. It is good now. "):rep(5):sub(1, 159) .. "’" },
  { "Cyrillic", ("Ваш код "):rep(20) },
}
