using System.CommandLine;
using Parley.CommandLine;
using Parley.Local;

namespace Parley.Verbs.Demo;

/// <summary><c>parley demo</c>: a whole cluster on this machine, to chat in and to hurt.</summary>
internal static class DemoVerb
{
    private const int SizeMin = 3;
    private const int SizeMax = 9;
    private const int BasePortDefault = 7400;

    public static Command Build()
    {
        var size = new Option<int>("--size")
        {
            Description = "How many servers.",
            HelpName = "N",
            DefaultValueFactory = _ => 5,
        };
        var keep = new Option<string?>("--keep")
        {
            Description = "Keep data and logs of the servers in this folder; the next demo with it goes on from there.",
            HelpName = "DIR",
        };
        var basePort = new Option<int>("--base-port")
        {
            Description = "Clients connect to base+1…, servers to each other on base+101…; 0: any free ports.",
            HelpName = "PORT",
            DefaultValueFactory = _ => BasePortDefault,
        };
        var auto = new Option<bool>("--auto")
        {
            Description = "Play it without a person: kill servers, check what is stored; exit 0 if all held.",
        };
        var command = new Command("demo", "Start five servers on this machine, and a chat; kill some while you type.")
        {
            size, keep, basePort, auto,
        };
        size.Validators.Add(result =>
        {
            var given = result.GetValueOrDefault<int>();
            if (given is < SizeMin or > SizeMax || given % 2 == 0)
            {
                result.AddError($"--size: an odd number from {SizeMin} to {SizeMax} expected, {given} found");
            }
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new LocalClusterOptions
            {
                Size = parsed.GetValue(size),
                BasePort = parsed.GetValue(basePort),
                Directory = parsed.GetValue(keep),
                Certificates = true, // What runs in production runs here.
            };
            return parsed.GetValue(auto) || Console.IsOutputRedirected
                ? AutoDemo.RunAsync(options, parsed.InvocationConfiguration.Output, cancellationToken)
                : InteractiveDemo.RunAsync(options, parsed.InvocationConfiguration.Output, cancellationToken);
        });
        return command.WithExamples(
            "parley demo                 # chat; then /kill 2, /nodes, /restart 2",
            "parley demo --auto          # the same without a person, and everything checked",
            "parley demo --keep ./data   # what is stored stays");
    }
}
