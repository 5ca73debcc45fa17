using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Parley.Core.Commands;
using Parley.Core.Log.V1;
using Parley.Tests.Repository;

namespace Parley.Tests.Core;

/// <summary>The log is kept for ever, and nodes with another program apply it too: every field is listed with the state
/// version that brought it, and what a version brought is in no entry before it.</summary>
public sealed class LogContractTests
{
    private const string List = "tests/Parley.Tests/Core/log-fields.txt";

    private static FileDescriptor Contract => LoggedCommand.Descriptor.File;

    [Fact]
    public void Every_field_of_the_log_is_listed_with_its_state_version()
    {
        var listed = Listed().Keys.Order(StringComparer.Ordinal).ToArray();
        var fields = Contract.MessageTypes.SelectMany(message => message.Fields.InDeclarationOrder()).Select(NameOf);
        var values = Contract.EnumTypes.SelectMany(each => each.Values).Select(NameOf);
        var found = fields.Concat(values).Order(StringComparer.Ordinal).ToArray();

        Assert.True(
            listed.SequenceEqual(found, StringComparer.Ordinal),
            $"{List}: one line a field expected, 'VERSION MESSAGE.FIELD=NUMBER'. New: "
            + $"{string.Join(", ", found.Except(listed))}; gone (which no field may): "
            + $"{string.Join(", ", listed.Except(found))}. A new one needs a new state version, before which Apply "
            + "refuses it (CONTRIBUTING.md).");
    }

    [Fact]
    public void A_command_with_what_a_version_brought_needs_that_version()
    {
        var versions = Listed();
        var checkedOnes = 0;
        foreach (var kind in LoggedCommand.Descriptor.Oneofs.Single().Fields)
        {
            var ofKind = versions[NameOf(kind)];
            Assert.Equal(ofKind, VersionOf(kind, field: null));
            foreach (var field in kind.MessageType.Fields.InDeclarationOrder())
            {
                Assert.Equal(Math.Max(ofKind, versions[NameOf(field)]), VersionOf(kind, field));
                checkedOnes++;
            }
        }

        Assert.True(checkedOnes > 50, "the commands' fields are looked at");
    }

    private static int VersionOf(FieldDescriptor kind, FieldDescriptor? field)
    {
        var content = kind.MessageType.Parser.ParseFrom(ByteString.Empty);
        if (field is { IsRepeated: false })
        {
            field.Accessor.SetValue(content, SampleOf(field));
        }

        var command = new LoggedCommand();
        kind.Accessor.SetValue(command, content);
        return CommandRules.VersionOf(command);
    }

    private static object SampleOf(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Int32 => 1,
        FieldType.Int64 => 1L,
        FieldType.UInt32 => 1U,
        FieldType.UInt64 or FieldType.Fixed64 => 1UL,
        FieldType.Bool => true,
        FieldType.String => "a",
        FieldType.Bytes => ByteString.CopyFrom(1),
        FieldType.Enum => 1,
        FieldType.Message => field.MessageType.Parser.ParseFrom(ByteString.Empty),
        _ => throw new NotSupportedException($"{field.FullName}: no sample for {field.FieldType}"),
    };

    private static string NameOf(FieldDescriptor field) =>
        FormattableString.Invariant($"{field.ContainingType.Name}.{field.Name}={field.FieldNumber}");

    private static string NameOf(EnumValueDescriptor value) =>
        FormattableString.Invariant($"{value.EnumDescriptor.Name}.{value.Name}={value.Number}");

    private static Dictionary<string, int> Listed() =>
        File.ReadLines(Path.Combine(RepositoryRoot.Path, List))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' '))
            .ToDictionary(parts => parts[1], parts => int.Parse(parts[0], CultureInfo.InvariantCulture));
}
