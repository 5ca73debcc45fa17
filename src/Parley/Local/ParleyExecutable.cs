namespace Parley.Local;

/// <summary>How to start this very program again, also from <c>dotnet run</c>, <c>dotnet parley.dll</c> and tests.
/// </summary>
internal static class ParleyExecutable
{
    private const string Name = "parley";

    /// <summary>The file to execute and the arguments that go before all others.</summary>
    public static (string File, string[] Arguments) Find() =>
        Find(Environment.ProcessPath, AppContext.BaseDirectory, File.Exists);

    internal static (string File, string[] Arguments) Find(
        string? processPath, string folder, Func<string, bool> exists)
    {
        if (processPath is not null && string.Equals(Path.GetFileName(processPath), Name, StringComparison.Ordinal))
        {
            return (processPath, []);
        }

        var program = Path.Combine(folder, Name);
        if (exists(program))
        {
            return (program, []);
        }

        var library = $"{program}.dll";
        if (!exists(library))
        {
            throw new FileNotFoundException($"the program: {program} or {library} expected, neither is there");
        }

        var isDotnet = string.Equals(Path.GetFileName(processPath), "dotnet", StringComparison.Ordinal);
        return (isDotnet ? processPath! : "dotnet", [library]);
    }
}
