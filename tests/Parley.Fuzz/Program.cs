return Parley.Fuzz.FuzzProgram.Run(args, Console.Out);
